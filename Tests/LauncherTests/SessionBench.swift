import MCP
import Platform
import Releases
import StrictJSON
import Synchronization
import SystemPackage
import TestSupport

@testable import Storage
@testable import Updating

/// Two lanes over a plugin's folder in a scratch folder, with what was told.
struct SessionBench {
  /// The longest line that is looked at, so that tests need not be slow.
  static let longest = 1 << 20
  let scratch: Scratch
  let plugin: PluginFolder
  let desk: SessionDesk
  let inward: ClientLane
  let outward: PluginLane
  let clock: ManualClock
  let told = Told()

  final class Told: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
  }

  init(
    pins: LivePins? = nil, destructive: LiveToolGuard.DestructivePolicy = .allow, logsArguments: Bool = false
  ) throws {
    scratch = try Scratch()
    clock = ManualClock()
    let machine = Machine(
      files: LocalFileSystem(), clock: clock, transport: ScriptedTransport(), processes: ScriptedProcesses())
    plugin = try HostFolder.open(scratch / "host", machine: machine).plugin(PluginName("io.github.acme/time"))
    try plugin.prepare()
    let tools = LiveToolGuard(
      plugin: plugin.name.text, name: plugin.name.name, pins: pins, destructive: destructive, nonce: "0123")
    desk = SessionDesk(
      tools: tools,
      records: SessionDesk.Records(
        session: "0123456789abcdef", version: "1.0.0", sessions: SessionLog(plugin), audit: AuditWriter(plugin),
        logsArguments: logsArguments, warn: { [told] in told.add($0) }),
      clock: clock)
    inward = ClientLane(desk, longest: Self.longest)
    outward = PluginLane(desk, longest: Self.longest)
  }

  /// What is written for some bytes, and what goes back; read in pieces of this size.
  func pass(_ bytes: [UInt8], through lane: any StreamLane, pieces: Int = 1 << 18) -> (on: [UInt8], back: [UInt8]) {
    var (on, back): ([UInt8], [UInt8]) = ([], [])
    var start = 0
    while start < bytes.count {
      let part = Array(bytes[start..<min(bytes.count, start + pieces)])
      let output = lane.take(part, part.count)
      for piece in output.pieces {
        switch piece {
        case .read(let range): on += part[range]
        case .own(let own): on += own
        }
      }
      back += output.back.flatMap { $0 }
      lane.passed(part, part.count)
      start += part.count
    }
    return (on, back)
  }

  func client(_ text: String, pieces: Int = 1 << 18) -> (on: String, back: String) {
    let (on, back) = pass(Array(text.utf8), through: inward, pieces: pieces)
    return (String(decoding: on, as: UTF8.self), String(decoding: back, as: UTF8.self))
  }

  func server(_ text: String, pieces: Int = 1 << 18) -> (on: String, back: String) {
    let (on, back) = pass(Array(text.utf8), through: outward, pieces: pieces)
    return (String(decoding: on, as: UTF8.self), String(decoding: back, as: UTF8.self))
  }

  func finish() -> SessionEnd? {
    var end: SessionEnd?
    _ = desk.finish { wasAsked, calls, failures, clientLeft in
      let made = SessionEnd(
        time: clock.now(), cause: clientLeft ? .client : .plugin, wasAsked: wasAsked, calls: calls, failures: failures)
      end = made
      return made
    }
    return end
  }

  func calls() throws -> [AuditCall] {
    var calls: [AuditCall] = []
    try AuditLog(plugin).forEach { record, _ in
      if case .call(let call) = record.content { calls.append(call) }
      return true
    }
    return calls
  }
}
