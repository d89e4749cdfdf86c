import Platform
import SystemPackage
import TestSupport
import Testing

@Suite struct `The files of this machine` {
  let scratch: Scratch
  let files = LocalFileSystem()

  init() throws { scratch = try Scratch() }

  @Test func `keep the promises of the protocol`() throws {
    try checkFileSystem(files, in: scratch.path)
  }

  @Test func `keep the promises through a double that only counts`() throws {
    let counting = FaultyFileSystem(files)
    try checkFileSystem(counting, in: scratch.path)
    #expect(counting.steps > 50)
  }

  @Test func `names that are not UTF-8 survive listing`() throws {
    let raw: [CChar] = [97, -1, 98, 0]
    let component = FilePath.Component(platformString: raw)
    let file = scratch.path.appending(try #require(component))
    try files.write([1], creating: file, mode: 0o644)
    let entry = try #require(try files.list(scratch.path).first)
    #expect(try files.readAll(scratch.path.appending(entry.component), limit: 1) == [1])
  }

  @Test func `errors say what and why`() throws {
    let path = scratch / "missing"
    let error = #expect(throws: FileError.self) { try files.open(path) }
    #expect(error?.description == "cannot open \(path): it does not exist")
    #expect(FileError("write", "/x", errno: 28).help?.contains("space") == true)
    #expect(FileError("write", "/x", errno: 28).reason == .noSpace)
    #expect(FileError("rename", "/x", errno: 18).reason == .crossDevice)
    #expect(FileError("open", "/x", errno: 24).reason == .tooManyFiles)
    #expect(FileError("frob", "/x", errno: 95).description.contains("error 95"))
  }

  @Test func `files without a size are read to their end`() throws {
    #expect(try !files.readAll("/proc/self/status", limit: 64 * 1024).isEmpty)
    #expect(throws: FileError.self) { try files.readAll("/dev/zero", limit: 1000) }
  }

  @Test func `deep trees are removed and endless ones refused`() throws {
    var path = scratch / "deep"
    for _ in 0..<200 { path = path.appending("d") }
    try files.makeDirectories(path)
    try files.removeTree(scratch / "deep")
    #expect(try !files.exists(scratch / "deep"))
  }
}
