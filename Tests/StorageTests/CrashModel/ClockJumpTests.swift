import Platform
import Releases
import SystemPackage
import TestSupport
import Testing

@testable import Storage

/// The clock of a host is set back and forth: what is newest is known by number, never by date.
@Suite struct ClockJumpTests {
  /// Days by which the clock jumps before each switch.
  static let jumps: [[Int64]] = [[-3650, 1, -1], [365, -730, 365], [0, 0, 0], [-1, -1, -1]]

  @Test(arguments: jumps)
  func `a clock that jumps between switches changes nothing`(days: [Int64]) throws {
    let disk = ModelDisk(try ModelDisks.waiting.get())
    let host = ModelHost(disk)
    func jump(_ index: Int) { host.clock.jump(by: .seconds(days[index] * 86_400)) }
    jump(0)
    try host.activate(ModelHost.tree("3.0"))
    try host.writeState("three")
    jump(1)
    try host.activate(ModelHost.tree("4.0"))
    try host.writeState("four")
    jump(2)
    try host.rollBack()
    #expect(try host.folder().current() == ModelHost.tree("3.0"))
    let notes = try host.files.readAll(host.folder().state.appending("notes.txt"), limit: 10)
    #expect(notes == Array("three".utf8))
    let numbers = try host.folder().snapshots().map(\.number)
    #expect(numbers == numbers.sorted(by: >) && numbers.count >= Retention.newest)
  }

  @Test(arguments: [-3650, 3650] as [Int64])
  func `a clock that jumps between a kill and the recovery changes nothing`(days: Int64) throws {
    let start = try ModelDisks.waiting.get()
    let disk = ModelDisk(start)
    try ModelHost(disk).rollBack()
    var states = CrashStates(limit: 4, includesSingles: false, seed: 1)
    var recovered = 0
    try states.forEach(from: start, disk.events) { image, moment in
      let later = ModelHost(ModelDisk(image))
      later.clock.jump(by: .seconds(days * 86_400))
      try later.switching().recover()
      let current = try later.folder().current()
      #expect(try [ModelHost.tree("1.0"), ModelHost.tree("2.0")].contains(current), "moment \(moment)")
      #expect(try !later.switching().needsRecovery())
      recovered += 1
    }
    #expect(recovered > 30)
  }
}
