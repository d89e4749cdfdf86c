import Foundation
import Releases
import Testing

@Suite("times and amounts") struct AmountTests {
  @Test(
    "durations",
    arguments: [
      ("500ms", 500), ("30s", 30_000), ("10m", 600_000), ("24h", 86_400_000), ("90d", 90 * 86_400_000), ("0s", 0),
      ("3650d", 3650 * 86_400_000),
    ] as [(String, Int64)])
  func durations(text: String, milliseconds: Int64) throws {
    let duration = try DurationText(text)
    #expect(duration.milliseconds == milliseconds)
    #expect(duration.text == text)
    #expect(try DurationText(duration.text) == duration)
  }

  @Test(
    "durations that are refused",
    arguments: [
      "", "h", "24", "24H", "1.5h", "-1h", "+1h", " 1h", "1h ", "3651d", "9999999999d", "99999999999999999999s", "1w",
    ])
  func badDurations(text: String) {
    #expect(throws: ReleaseError.self) { try DurationText(text) }
  }

  @Test func `durations compare across units`() throws {
    #expect(try DurationText("60m") == DurationText("1h"))
    #expect(try DurationText("1d").text == "24h")
    #expect(try DurationText("59m") < DurationText("1h"))
    #expect(DurationText(seconds: -5).seconds == 0)
    #expect(DurationText(seconds: .max) == DurationText.maximum)
    #expect(try DurationText("1500ms").duration == .milliseconds(1500))
  }

  @Test(
    "sizes",
    arguments: [
      ("256MiB", 256 << 20), ("4GiB", 4 << 30), ("16TiB", 16 << 40), ("1KiB", 1024), ("7B", 7), ("0B", 0),
    ] as [(String, Int64)])
  func sizes(text: String, bytes: Int64) throws {
    let size = try ByteSize(text)
    #expect(size.bytes == bytes)
    #expect(size.text == text)
  }

  @Test(
    "sizes that are refused",
    arguments: ["", "MiB", "1MB", "1mib", "1.5GiB", "-1B", "17TiB", "99999999999999TiB", "999999999999999"])
  func badSizes(text: String) {
    #expect(throws: ReleaseError.self) { try ByteSize(text) }
  }

  @Test func `a bare number is bytes`() throws {
    #expect(try ByteSize("1048576") == ByteSize("1MiB"))
  }

  @Test(
    "timestamps agree with Foundation",
    arguments: [
      "1970-01-01T00:00:00Z", "2026-11-23T05:00:00Z", "2024-02-29T23:59:59Z", "2000-02-29T12:00:00Z",
      "1969-12-31T23:59:59Z", "1900-03-01T00:00:00Z", "9999-12-31T23:59:59Z", "0400-02-29T01:02:03Z",
    ])
  func timestamps(text: String) throws {
    let timestamp = try #require(Timestamp(text))
    #expect(timestamp.text == text)
    if !text.hasPrefix("0") {
      let date = try Date(text, strategy: .iso8601)
      #expect(Double(timestamp.seconds) == date.timeIntervalSince1970)
    }
  }

  @Test(
    "timestamps that are refused",
    arguments: [
      "", "2026-11-23", "2026-11-23T05:00:00", "2026-11-23t05:00:00Z", "2026-11-23T05:00:00z", "2026-11-23 05:00:00Z",
      "2026-11-23T05:00:00+00:00", "2026-11-23T05:00:00.0Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
      "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z",
      "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "0000-01-01T00:00:00Z",
      "+026-01-01T00:00:00Z", "2026-1-001T00:00:00Z",
    ])
  func badTimestamps(text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test func `every day of many years survives its text`() {
    for day in stride(from: Int64(-800_000), to: 2_900_000, by: 97) {
      let timestamp = Timestamp(seconds: day * 86_400 + 12_345)
      #expect(Timestamp(timestamp.text) == timestamp)
    }
    #expect(Timestamp(seconds: .max).text == "9999-12-31T23:59:59Z")
    #expect(Timestamp(seconds: .min).text == "0001-01-01T00:00:00Z")
    #expect(Timestamp(seconds: 5).adding(seconds: .max) == Timestamp(seconds: .max))
  }
}
