import Platform
import Releases
import TestSupport
import Testing

@testable import Updating

@Suite("Quiet hours and metered networks")
struct QuietHoursTests {
  @Test(arguments: [
    ("22:00-07:00", 1320, 420, "22:00-07:00"), ("7:05-9:00", 425, 540, "07:05-09:00"), ("00:00-23:59", 0, 1439, nil),
  ])
  func `a part of the day is read`(_ text: String, _ start: Int, _ end: Int, _ written: String?) throws {
    let hours = try #require(QuietHours(text))
    #expect(hours.start == start && hours.end == end)
    #expect(hours.description == written ?? text)
  }

  @Test(arguments: [
    "", "22:00", "22:00-", "24:00-07:00", "22:60-07:00", "22:00-22:00", "22-07", "-1:00-07:00", "22:00-07:00-08:00",
    "222:00-07:00", "22:000-07:00", "٢٢:٠٠-07:00", "22:00 - 07:00",
  ])
  func `anything else is none`(_ text: String) {
    #expect(QuietHours(text) == nil)
  }

  @Test func `it goes over midnight, begins with its first minute and ends before its last`() throws {
    let night = try #require(QuietHours("22:00-07:00"))
    for minute in [1320, 1439, 0, 419] { #expect(night.contains(minute: minute), "\(minute)") }
    for minute in [420, 720, 1319] { #expect(!night.contains(minute: minute), "\(minute)") }
    #expect(night.minutesLeft(at: 1320) == 540 && night.minutesLeft(at: 0) == 420 && night.minutesLeft(at: 419) == 1)
    #expect(night.minutesLeft(at: 420) == 0)
  }

  @Test func `several parts in a row are one silence, and a whole day has an end`() throws {
    let parts = try ["22:00-01:00", "01:00-07:00", "12:00-13:00"].map { try #require(QuietHours($0)) }
    #expect(parts.minutesLeft(at: 1320) == 540)
    #expect(parts.minutesLeft(at: 720) == 60)
    #expect(parts.minutesLeft(at: 500) == 0)
    let day = try ["00:00-12:00", "12:00-00:00"].map { try #require(QuietHours($0)) }
    #expect(day.minutesLeft(at: 3) == 1440)
    #expect([QuietHours]().minutesLeft(at: 0) == 0)
  }

  @Test func `the minute of the day is one of a day`() {
    for seconds in [Int64.min, -1, 0, 1_795_410_000, .max] {
      #expect((0..<1440).contains(LocalTime.minuteOfDay(at: Instant(seconds: seconds))))
    }
  }

  @Test(arguments: [
    ("u 1\n", true), ("u 3\n", true), ("u 0\n", false), ("u 2\n", false), ("u 4\n", false), ("", false),
    ("u 1 extra\n", false), ("s 1\n", false),
  ])
  func `what NetworkManager says is understood`(_ answer: String, _ isMetered: Bool) {
    #expect(MeteredNetwork.isMetered(answer: answer) == isMetered)
  }

  @Test func `settings go before NetworkManager, and without one the network costs nothing`() async {
    func network(_ processes: ScriptedProcesses) -> MeteredNetwork {
      let machine = Machine(
        files: LocalFileSystem(), clock: ManualClock(), transport: ScriptedTransport(), processes: processes)
      return MeteredNetwork(machine, environment: ["PATH": "/usr/bin", "TOKEN": "secret"])
    }
    let none = ScriptedProcesses()
    #expect(await network(none).isMetered(.metered))
    #expect(await !network(none).isMetered(.unmetered))
    #expect(none.commands.isEmpty)
    #expect(await !network(none).isMetered(.automatic))
    let manager = ScriptedProcesses { _, _ in ProcessOutput(status: .exited(0), stdout: Array("u 1\n".utf8)) }
    #expect(await network(manager).isMetered(.automatic))
    #expect(manager.commands.first?.environment == ["PATH": "/usr/bin"], "no variable of a plugin goes along")
    let broken = ScriptedProcesses { _, _ in ProcessOutput(status: .exited(1), stdout: Array("u 1\n".utf8)) }
    #expect(await !network(broken).isMetered(.automatic))
  }
}
