package import Signing

/// Why a folder or an archive cannot become the tree of a bundle; each case names the offending path.
package enum ArchiveError: SerinError, Equatable {
  /// The path begins with a slash.
  case absolutePath(String)
  /// The path climbs with "..".
  case parentPath(String)
  /// The path has an empty part or a part that is ".".
  case emptyPart(String)
  /// The path is empty or not there at all.
  case noPath
  /// The path holds a NUL or another control character.
  case controlCharacter(String)
  /// The path, or the target of a link, holds a backslash, which other systems take for a separator.
  case backslash(String)
  /// The path is not UTF-8.
  case notUTF8(String)
  /// The path, or one name in it, is longer than the limit in bytes.
  case pathTooLong(String, bytes: Int, limit: Int)
  /// The path lies deeper than the limit in folders.
  case pathTooDeep(String, depth: Int, limit: Int)
  /// The symbolic link leads out of the tree.
  case linkOutside(String, target: String)
  /// The symbolic link's target climbs with ".." after a name, so that nobody can tell where it leads.
  case unclearLink(String, target: String)
  /// The symbolic link points at nothing but the folder that it lies in.
  case emptyLink(String)
  /// The entry is a hard link.
  case hardLink(String, target: String)
  /// The entry is a character or block device.
  case device(String)
  /// The entry is a named pipe.
  case fifo(String)
  /// The entry is a socket.
  case socket(String)
  /// The entry is of a kind that this program does not know, or that a folder does not tell.
  case specialFile(String)
  /// The entry has a setuid, setgid or sticky bit; the whole mode.
  case specialMode(String, mode: UInt16)
  /// The path is there twice.
  case duplicate(String)
  /// Two paths differ only in upper and lower case.
  case caseCollision(String, other: String)
  /// Two paths are the same text in two Unicode spellings.
  case unicodeCollision(String, other: String)
  /// A path lies below something that is not a folder.
  case fileAsParent(String, parent: String)
  /// There are more entries than the limit.
  case tooManyEntries(limit: Int)
  /// There is more content than the limit, in bytes.
  case tooLarge(limit: Int64)
  /// The content is out of proportion to the archive, as in a decompression bomb.
  case bomb(content: Int64, archive: Int64, limit: Int64)
  /// The entry is encrypted.
  case encrypted(String)
  /// The file is neither tar nor zip.
  case unknownFormat(reason: String)
  /// The archive is damaged or uses what libarchive cannot read.
  case damaged(reason: String)
  /// libarchive cannot be used on this machine.
  case libraryMissing(reason: String)

  /// Who has to act.
  package var blame: Blame {
    if case .libraryMissing = self { .machine } else { .user }
  }

  /// What to do next.
  package var help: String? {
    switch self {
    case .libraryMissing: "install libarchive 3 (Debian: libarchive13)"
    case .hardLink: "make the archive anew with GNU tar's --hard-dereference"
    case .linkOutside, .unclearLink: "let the link point to a file of the tree, with “..” only at its front"
    case .caseCollision, .unicodeCollision: "rename one of the two; some file systems cannot hold both"
    case .unknownFormat: "give a folder, an .mcpb file, or a tar (plain, gzip, bzip2, xz or zstd)"
    case .damaged: "make the archive anew, or unpack it yourself and give the folder"
    case .tooLarge, .tooManyEntries, .bomb: "leave out what the plugin does not need"
    default: "remove or rename it in the source and pack again"
    }
  }

  /// One sentence that says what is wrong.
  package var description: String {
    switch self {
    case .absolutePath(let path): "the path \(Quoted(path)) is absolute"
    case .parentPath(let path): "the path \(Quoted(path)) climbs out with “..”"
    case .emptyPart(let path): "the path \(Quoted(path)) has an empty part or a part “.”"
    case .noPath: "an entry has no path"
    case .controlCharacter(let path): "the path \(Quoted(path)) holds a control character"
    case .backslash(let path): "the path \(Quoted(path)), or the target of that link, holds a backslash"
    case .notUTF8(let path): "the path \(Quoted(path)) is not UTF-8"
    case .pathTooLong(let path, let bytes, let limit):
      "the path \(Quoted(path)) has a part of \(bytes) bytes, and at most \(limit) are allowed"
    case .pathTooDeep(let path, let depth, let limit):
      "the path \(Quoted(path)) is \(depth) levels deep, and at most \(limit) are allowed"
    case .linkOutside(let path, let target): "the link \(Quoted(path)) leads out of the tree to \(Quoted(target))"
    case .unclearLink(let path, let target):
      "the link \(Quoted(path)) has “..” behind a name in its target \(Quoted(target))"
    case .emptyLink(let path): "the link \(Quoted(path)) points at the folder that it lies in"
    case .hardLink(let path, let target): "\(Quoted(path)) is a hard link to \(Quoted(target))"
    case .device(let path): "\(Quoted(path)) is a device"
    case .fifo(let path): "\(Quoted(path)) is a named pipe"
    case .socket(let path): "\(Quoted(path)) is a socket"
    case .specialFile(let path): "\(Quoted(path)) is neither a file, a folder nor a symbolic link"
    case .specialMode(let path, let mode):
      "\(Quoted(path)) has the mode \(String(mode, radix: 8)) with setuid, setgid or sticky bits"
    case .duplicate(let path): "the path \(Quoted(path)) is there twice"
    case .caseCollision(let path, let other):
      "the paths \(Quoted(path)) and \(Quoted(other)) differ only in upper and lower case"
    case .unicodeCollision(let path, let other):
      "the paths \(Quoted(path)) and \(Quoted(other)) are two Unicode spellings of one name"
    case .fileAsParent(let path, let parent): "\(Quoted(path)) lies below \(Quoted(parent)), which is not a folder"
    case .tooManyEntries(let limit): "there are more than \(limit) entries"
    case .tooLarge(let limit): "there is more content than the limit of \(limit) bytes"
    case .bomb(let content, let archive, let limit):
      "the archive of \(archive) bytes expands to at least \(content), which is over \(limit) times its size"
    case .encrypted(let path): "\(Quoted(path)) is encrypted"
    case .unknownFormat(let reason): "the file is not an archive that can be read: \(reason)"
    case .damaged(let reason): "the archive cannot be read: \(reason)"
    case .libraryMissing(let reason): reason
    }
  }
}
