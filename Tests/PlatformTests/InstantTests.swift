import Platform
import Testing

@Suite struct `Moments` {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", Int64(0)), ("2026-11-23T05:00:00Z", 1_795_410_000), ("2000-02-29T23:59:59Z", 951_868_799),
    ("1969-12-31T23:59:59Z", -1), ("0001-01-01T00:00:00Z", -62_135_596_800), ("9999-12-31T23:59:59Z", 253_402_300_799),
    ("1900-03-01T00:00:00Z", -2_203_891_200), ("2100-02-28T12:30:01Z", 4_107_501_001),
  ])
  func `are written and read back`(text: String, seconds: Int64) {
    #expect(Instant(rfc3339: text)?.seconds == seconds)
    #expect(Instant(seconds: seconds).rfc3339 == text)
  }

  @Test func `fractions are kept to the nanosecond`() {
    #expect(Instant(rfc3339: "1970-01-01T00:00:01.5Z") == Instant(seconds: 1, nanoseconds: 500_000_000))
    #expect(Instant(rfc3339: "1970-01-01T00:00:01.000000001Z") == Instant(seconds: 1, nanoseconds: 1))
  }

  @Test(arguments: [
    "", "2026-11-23", "2026-11-23T05:00:00", "2026-11-23t05:00:00Z", "2026-11-23T05:00:00z", "2026-11-23 05:00:00Z",
    "2026-11-23T05:00:00+00:00", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T05:60:00Z",
    "2026-11-23T05:00:60Z", "0000-01-01T00:00:00Z", "2026-11-23T05:00:00.Z", "2026-11-23T05:00:00.1234567890Z",
    "+026-11-23T05:00:00Z", "2026-11-23T05:00:00ZZ", "２026-11-23T05:00:00Z",
  ])
  func `anything else is no moment`(text: String) {
    #expect(Instant(rfc3339: text) == nil)
  }

  @Test func `stay within the years that can be written`() {
    #expect(Instant(seconds: .max).rfc3339 == "9999-12-31T23:59:59Z")
    #expect(Instant(seconds: .min).rfc3339 == "0001-01-01T00:00:00Z")
    #expect(Instant(seconds: 0).advanced(by: .seconds(Int64.max)).rfc3339 == "9999-12-31T23:59:59Z")
    #expect(Instant(seconds: 0).advanced(by: .seconds(Int64.min)).rfc3339 == "0001-01-01T00:00:00Z")
  }

  @Test func `durations lead from one to the other`() {
    let one = Instant(seconds: 10, nanoseconds: 900_000_000)
    for step in [Duration.milliseconds(200), .milliseconds(-950), .seconds(-20), .nanoseconds(1), .zero] {
      #expect(one.duration(to: one.advanced(by: step)) == step)
    }
    #expect(one < one.advanced(by: .nanoseconds(1)))
  }

  @Test func `the machine's clocks move on`() async throws {
    let clock = SystemClock()
    let (now, uptime) = (clock.now(), clock.uptime())
    #expect(now > Instant(seconds: 1_700_000_000))
    try await clock.sleep(for: .milliseconds(5))
    #expect(clock.uptime() - uptime >= .milliseconds(5))
  }
}
