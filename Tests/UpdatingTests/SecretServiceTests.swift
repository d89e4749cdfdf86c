import Platform
import Releases
import Signing
import Storage
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Updating

/// A stand-in for `secret-tool` and the service behind it.
private final class PretendService: Sendable {
  private let values = Mutex<[String: [UInt8]]>([:])
  private let complaint: String?

  init(complaining complaint: String? = nil) { self.complaint = complaint }

  var count: Int { values.withLock { $0.count } }

  func answer(_ command: Command, _ input: [UInt8]) -> ProcessOutput? {
    guard command.executable == "secret-tool", let verb = command.arguments.first else { return nil }
    if let complaint { return ProcessOutput(status: .exited(1), stderr: Array(complaint.utf8)) }
    let name = command.arguments.dropFirst().filter { !$0.hasPrefix("--label=") }.joined(separator: " ")
    return values.withLock { values in
      switch verb {
      case "store":
        values[name] = input
        return ProcessOutput(status: .exited(0))
      case "lookup":
        guard let value = values[name] else { return ProcessOutput(status: .exited(1)) }
        return ProcessOutput(status: .exited(0), stdout: value)
      default:
        return ProcessOutput(status: .exited(values.removeValue(forKey: name) == nil ? 1 : 0))
      }
    }
  }
}

@Suite("Secrets in the Secret Service") struct SecretServiceTests {
  private let scratch = try? Scratch()
  private let plugin: PluginName
  private let keyring = MemoryKeyring()
  private static let bus = ["DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent", "PATH": "/usr/bin"]

  init() throws { plugin = try PluginName("io.github.acme/time") }

  private func vault(
    _ service: PretendService, environment: [String: String] = bus, processes: ScriptedProcesses? = nil,
    choice: SecretStoreChoice = .automatic
  ) throws -> SecretVault {
    let scratch = try #require(scratch)
    let machine = Machine(
      files: LocalFileSystem(), clock: ManualClock(), transport: ScriptedTransport(),
      processes: processes ?? ScriptedProcesses { service.answer($0, $1) }, keyring: keyring)
    return SecretVault(
      ledger: try Ledger(scratch / "ledger.sqlite"), machine: machine, environment: environment, choice: choice,
      hostID: "h")
  }

  private func secret(_ text: String) throws -> SecretBytes {
    var bytes = Array(text.utf8)
    return try SecretBytes(copying: &bytes)
  }

  @Test func `it is taken where a session bus and the program answer`() async throws {
    let service = PretendService()
    let processes = ScriptedProcesses { service.answer($0, $1) }
    let vault = try vault(service, processes: processes)
    let record = try await vault.set("token", of: plugin, to: secret("hunter2"), at: Instant(seconds: 1))
    #expect(record.store == .secretService)
    #expect(try await vault.value(of: record)?.exposed() == Array("hunter2".utf8))
    #expect(!processes.commands.contains { $0.arguments.joined().contains("hunter2") }, "never an argument")
    try await vault.remove(record)
    #expect(service.count == 0)
    #expect(try await vault.value(of: record) == nil)
  }

  @Test func `without a session bus, without the program, or locked, the kernel's keyring is taken`() async throws {
    let service = PretendService()
    let locked = PretendService(complaining: "secret-tool: Cannot create an item in a locked collection\n")
    for vault in [
      try vault(service, environment: [:]), try vault(service, processes: ScriptedProcesses()), try vault(locked),
    ] {
      #expect(try await vault.store() == .keyring)
    }
    #expect(try await vault(locked).obstacles().service?.contains("locked collection") == true)
  }

  @Test func `a secret moves when its store changes, and the old place keeps nothing`() async throws {
    let service = PretendService()
    let keyringOnly = try vault(service, environment: [:])
    _ = try await keyringOnly.set("token", of: plugin, to: secret("one"), at: Instant(seconds: 1))
    #expect(keyring.names == ["serin:h:io.github.acme/time:token"])
    let both = try vault(service)
    let record = try await both.set("token", of: plugin, to: secret("two"), at: Instant(seconds: 2))
    #expect(record.store == .secretService)
    #expect(keyring.names.isEmpty)
    #expect(try both.ledger.secrets() == [record])
  }

  @Test func `what it refuses is said in its own words`() async throws {
    let service = PretendService(complaining: "secret-tool: no such secret collection\n")
    let vault = try vault(service, choice: .secretService)
    let error = await #expect(throws: SecretError.self) {
      try await vault.set("token", of: plugin, to: secret("x"), at: Instant(seconds: 1))
    }
    #expect(
      error == .service(operation: "keep a secret", reason: "“secret-tool: no such secret collection”"))
    #expect(try vault.ledger.secrets().isEmpty)
  }
}
