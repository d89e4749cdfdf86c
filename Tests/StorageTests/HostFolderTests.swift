import Platform
import Releases
import SystemPackage
import TestSupport
import Testing

@testable import Storage

@Suite struct HostFolderTests {
  let test: TestHost
  let files = LocalFileSystem()

  init() throws { test = try TestHost() }

  @Test func `a new host is private and has its folders`() throws {
    let host = try test.open()
    #expect(try files.status(host.root)?.mode == 0o700)
    #expect(try files.list(host.root).map(\.name) == ["downloads", "objects", "plugins", "repositories", "trash"])
    #expect(try host.repository("main") == host.root.appending("repositories/main"))
    #expect(host.ledgerPath == host.root.appending("ledger.sqlite"))
  }

  @Test func `the host's id is made once`() throws {
    let id = try test.open().hostID()
    #expect(id.utf8.count == 32)
    #expect(try test.open().hostID() == id)
    let other = try TestHost()
    #expect(try other.open().hostID() != id)
  }

  @Test func `an id that is damaged is not replaced in silence`() throws {
    let host = try test.open()
    try test.scratch.write("abc", to: "host/host-id")
    let error = #expect(throws: StorageError.self) { try host.hostID() }
    if case .damaged = error {} else { Issue.record("\(String(describing: error))") }
  }

  @Test func `only one holds the host`() throws {
    let host = try test.open()
    var lock: HostLock? = try host.lock()
    let error = #expect(throws: StorageError.self) { _ = try host.lock() }
    if case .locked(let path, _) = error { #expect(path == host.root.appending("lock")) }
    withExtendedLifetime(lock) {}
    lock = nil
    _ = try host.lock()
  }

  @Test(arguments: ["", ".", "..", "a/b", "/a"])
  func `a repository's id cannot lead out of its folder`(id: String) throws {
    #expect(throws: StorageError.unusableName(id)) { try test.open().repository(id) }
  }

  @Test func `the plugins that are here are listed`() throws {
    #expect(try test.open().plugins().isEmpty)
    try test.install("1.0")
    try test.scratch.write("x", to: "host/plugins/stray")
    #expect(try test.open().plugins().map(\.name) == [test.plugin])
  }
}
