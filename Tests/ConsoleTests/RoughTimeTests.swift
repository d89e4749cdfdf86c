import Platform
import Testing

@testable import serin

@Suite struct RoughTimeTests {
  @Test(arguments: [
    (0, "0s"), (59, "59s"), (60, "1m"), (3599, "59m"), (3600, "1h"), (11_520, "3h 12m"), (86_400, "1d"),
    (187_200, "2d 4h"), (-5, "0s"),
  ])
  func `a length of time has two units at the most`(seconds: Int64, text: String) {
    #expect(RoughTime.text(seconds) == text)
  }

  @Test func `a moment that is still to come was now`() {
    #expect(RoughTime.since(Instant(seconds: 100), at: Instant(seconds: 40)) == "0s ago")
    #expect(RoughTime.since(Instant(seconds: 100), at: Instant(seconds: 7300)) == "2h ago")
  }
}
