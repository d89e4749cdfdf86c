import Platform
import SystemPackage
import Testing

/// Checks that a file system keeps the promises of the protocol; the folder must be empty.
func checkFileSystem(_ files: some FileSystem, in folder: FilePath) throws {
  try checkContent(files, folder.appending("content"))
  try checkNames(files, folder.appending("names"))
  try checkFolders(files, folder.appending("folders"))
  try checkRefusals(files, folder.appending("refusals"))
  try checkLocks(files, folder.appending("locks"))
}

private func checkContent(_ files: some FileSystem, _ folder: FilePath) throws {
  try files.makeDirectory(folder, mode: 0o755)
  let path = folder.appending("file")
  let file = try files.create(path, mode: 0o640)
  try file.write(Array("hello ".utf8))
  try file.write(Array("-world-".utf8)[1...5])
  try file.sync()
  try file.close()
  #expect(throws: FileError.self, "a closed file takes nothing") { try file.write([1]) }
  #expect(try files.readAll(path, limit: 11) == Array("hello world".utf8))
  #expect(throws: FileError(operation: "read", path: path, reason: .tooLarge(limit: 10))) {
    try files.readAll(path, limit: 10)
  }
  let status = try #require(try files.status(path))
  #expect((status.kind, status.size, status.mode, status.links) == (.file, 11, 0o640, 1))

  let appended = try files.openForAppending(path)
  try appended.write(Array("!".utf8))
  try appended.close()
  let reader = try files.open(path)
  var part = [UInt8](repeating: 0, count: 5)
  #expect(try reader.read(at: 6, into: &part) == 5)
  #expect(part == Array("world".utf8))
  #expect(try reader.read(upTo: 6) == Array("hello ".utf8), "reading at an offset does not move the position")
  #expect(try reader.read(upTo: 100) == Array("world!".utf8))
  #expect(try reader.read(upTo: 100).isEmpty)
  #expect(try reader.size() == 12)

  try files.truncate(path, to: 5)
  #expect(try files.readAll(path, limit: 100) == Array("hello".utf8))
  try files.setMode(path, to: 0o444)
  #expect(try files.status(path)?.mode == 0o444)
  try files.write([1, 2], atomicallyTo: path, mode: 0o600)
  #expect(try files.readAll(path, limit: 100) == [1, 2])
  #expect(try files.status(path)?.mode == 0o600)
  #expect(try files.list(folder).map(\.name) == ["file"], "no temporary file stays behind")
  #expect(try files.freeSpace(folder) > 0)
  try files.syncFileSystem(folder)
}

private func checkNames(_ files: some FileSystem, _ folder: FilePath) throws {
  try files.makeDirectory(folder, mode: 0o755)
  let (one, two, three) = (folder.appending("one"), folder.appending("two"), folder.appending("three"))
  try files.write([1], creating: one, mode: 0o644)
  try files.write([2], creating: two, mode: 0o644)
  try files.exchange(one, with: two)
  #expect(try files.readAll(one, limit: 1) == [2])
  try files.rename(one, to: two)
  #expect(try files.readAll(two, limit: 1) == [2])
  #expect(try !files.exists(one))
  try files.link(two, at: one)
  #expect(try files.status(one)?.inode == files.status(two)?.inode)
  #expect(try files.status(one)?.links == 2)
  try files.symlink(to: "../nowhere", at: three)
  #expect(try files.readLink(three) == "../nowhere")
  #expect(try files.exists(three), "a link that leads nowhere is there")
  #expect(try files.status(three)?.kind == .symlink)
  let copy = folder.appending("copy")
  if try files.clone(two, to: copy, mode: 0o600) {
    #expect(try files.readAll(copy, limit: 1) == [2])
  } else {
    #expect(try !files.exists(copy))
  }
  try files.sync(directory: folder)
  try files.removeIfPresent(copy)
  try files.removeIfPresent(copy)
  try files.remove(three)
  #expect(try files.list(folder).map(\.name) == ["one", "two"])
}

private func checkFolders(_ files: some FileSystem, _ folder: FilePath) throws {
  try files.makeDirectories(folder.appending("a").appending("b").appending("c"))
  try files.makeDirectories(folder.appending("a"))
  for name in ["é", "z", "A", "10", "9"] { try files.write([], creating: folder.appending(name), mode: 0o777) }
  let entries = try files.list(folder)
  #expect(entries.map(\.name) == ["10", "9", "A", "a", "z", "é"], "names are sorted by their bytes")
  #expect(entries.map(\.kind) == [.file, .file, .file, .directory, .file, .file])
  #expect(try files.status(folder.appending("z"))?.mode == 0o777, "the umask takes nothing away")
  try files.makeDirectory(folder.appending("open"), mode: 0o777)
  #expect(try files.status(folder.appending("open"))?.mode == 0o777)

  let outside = folder.appending("outside")
  try files.makeDirectory(outside, mode: 0o755)
  try files.write([7], creating: outside.appending("kept"), mode: 0o644)
  let doomed = folder.appending("a")
  try files.symlink(to: outside, at: doomed.appending("link"))
  try files.write([], creating: doomed.appending("b").appending("file"), mode: 0o444)
  try files.setMode(doomed.appending("b"), to: 0o555)
  try files.removeTree(doomed)
  try files.removeTree(doomed)
  #expect(try !files.exists(doomed))
  #expect(try files.readAll(outside.appending("kept"), limit: 1) == [7], "removal follows no link")
  try files.removeTree(outside.appending("kept"))
  #expect(try files.list(outside).isEmpty, "removing a tree also removes a single file")
}

private func checkRefusals(_ files: some FileSystem, _ folder: FilePath) throws {
  try files.makeDirectory(folder, mode: 0o755)
  let (file, missing, link) = (folder.appending("file"), folder.appending("missing"), folder.appending("link"))
  try files.write([1], creating: file, mode: 0o644)
  try files.symlink(to: "file", at: link)
  func reason(_ body: () throws(FileError) -> Void) -> FileError.Reason? {
    do throws(FileError) { try body() } catch { return error.reason }
    return nil
  }
  #expect(try files.status(missing) == nil)
  #expect(reason { () throws(FileError) in _ = try files.open(missing) } == .notFound)
  #expect(reason { () throws(FileError) in _ = try files.openForAppending(missing) } == .notFound)
  #expect(reason { () throws(FileError) in try files.remove(missing) } == .notFound)
  #expect(reason { () throws(FileError) in _ = try files.list(missing) } == .notFound)
  #expect(reason { () throws(FileError) in try files.rename(missing, to: file) } == .notFound)
  #expect(reason { () throws(FileError) in try files.exchange(file, with: missing) } == .notFound)
  #expect(reason { () throws(FileError) in try files.makeDirectory(missing.appending("x"), mode: 0o755) } == .notFound)
  #expect(reason { () throws(FileError) in _ = try files.create(file, mode: 0o644) } == .exists)
  #expect(reason { () throws(FileError) in _ = try files.create(link, mode: 0o644) } == .exists)
  #expect(reason { () throws(FileError) in try files.makeDirectory(file, mode: 0o755) } == .exists)
  #expect(reason { () throws(FileError) in try files.makeDirectories(file) } == .exists)
  #expect(reason { () throws(FileError) in try files.link(file, at: link) } == .exists)
  #expect(reason { () throws(FileError) in try files.symlink(to: "x", at: file) } == .exists)
  #expect(reason { () throws(FileError) in try files.remove(folder) } == .notEmpty)
  #expect(reason { () throws(FileError) in _ = try files.open(link, followingLinks: false) } == .symbolicLink)
  #expect(reason { () throws(FileError) in _ = try files.openForAppending(link) } == .symbolicLink)
  #expect(reason { () throws(FileError) in try files.truncate(link, to: 0) } == .symbolicLink)
  #expect(try files.readAll(link, limit: 1) == [1], "opening follows a link unless told otherwise")
}

private func checkLocks(_ files: some FileSystem, _ folder: FilePath) throws {
  try files.makeDirectory(folder, mode: 0o755)
  let path = folder.appending("lock")
  do {
    let lock = try files.lock(path)
    let error = #expect(throws: LockError.self) { try files.lock(path) }
    guard case .locked(path, let holder) = error else {
      Issue.record("unexpected error \(String(describing: error))")
      return
    }
    #expect(holder.hasPrefix("process "))
    withExtendedLifetime(lock) {}
  }
  _ = try files.lock(path)
}
