internal import Bundles
package import Platform
package import Releases
package import Signing
package import SystemPackage
internal import TUF

/// An open offline bundle: a minimal repository in one file, of which nothing is believed until it is verified.
///
/// Opening reads the headers once and keeps where each entry lies; contents are read when they are asked for. The file
/// stays open, so that nobody can put another one in its place.
package struct OfflineFile: Sendable {
  /// A plugin in a channel.
  package struct Release: Hashable, Sendable {
    /// The plugin.
    package let plugin: PluginName
    /// The channel whose manifest the file holds.
    package let channel: ChannelName

    /// The release in words.
    package var text: String { "\(plugin) in \(channel)" }
  }

  /// Where the file lies.
  package let path: FilePath
  private let file: any ReadableFile
  let entries: [String: OfflineEntry]

  /// Opens a file and reads where everything in it lies.
  ///
  /// Throws ``OfflineError/notOffline(_:reason:)`` for anything that `serin export` could not have written.
  package static func open(_ path: FilePath, files: any FileSystem) throws(OfflineError) -> OfflineFile {
    // A named pipe would wait for a writer.
    if try filing(try files.status(path))?.kind == .other { throw .notOffline(path, reason: "it is not a file") }
    let file = try filing(try files.open(path))
    let status = try filing(try file.status())
    guard status.kind == .file else { throw .notOffline(path, reason: "it is not a file") }
    do throws(OfflineRefusal) {
      let entries = try index(TarWindow(file: file, size: status.size))
      return OfflineFile(path: path, file: file, entries: entries)
    } catch {
      if let failure = error.file { throw .file(failure) }
      throw .notOffline(path, reason: error.reason)
    }
  }

  private static func index(_ window: consuming TarWindow) throws(OfflineRefusal) -> [String: OfflineEntry] {
    var entries: [String: OfflineEntry] = [:]
    var offset: Int64 = 0
    while true {
      if try window.block(at: offset).allSatisfy({ $0 == 0 }) {
        guard try window.block(at: offset + 512).allSatisfy({ $0 == 0 }) else {
          throw OfflineRefusal("a single block of zeros stands between its entries")
        }
        guard window.size == offset + Int64(TarHeader.end.count) else {
          throw OfflineRefusal("it goes on behind its end")
        }
        return entries
      }
      let entry = try OfflineEntry(at: offset, of: window)
      guard entries.count < OfflineEntry.maxCount else {
        throw OfflineRefusal("it has more than \(OfflineEntry.maxCount) entries")
      }
      let padding = TarHeader.padding(after: entry.length)
      guard try window.bytes(at: entry.start + entry.length, count: padding).allSatisfy({ $0 == 0 }) else {
        throw OfflineRefusal("something stands in the padding behind \(Quoted(entry.name))")
      }
      guard entries.updateValue(entry, forKey: entry.name) == nil else {
        throw OfflineRefusal("\(Quoted(entry.name)) is there twice")
      }
      offset = entry.end
    }
  }

  /// The names of all entries, sorted.
  package var names: [String] { entries.keys.sorted() }

  /// The plugins whose channel manifests the file holds, sorted; what they say is not known before it is verified.
  package var releases: [Release] {
    Set(entries.keys.compactMap(Self.release)).sorted {
      ($0.plugin, $0.channel) < ($1.plugin, $1.channel)
    }
  }

  /// Whether one of the file's roots, whose names say so, has this digest.
  package func holdsRoot(_ digest: SHA256Digest) throws(OfflineError) -> Bool {
    let limits = TUFLimits.standard
    for version in 1...Int64(limits.rootRotations) {
      guard let entry = entries[OfflineEntry.metadata + MetadataFile.root(version: version).name] else { return false }
      guard entry.length <= Int64(limits.rootBytes) else { return false }
      if SHA256Digest.of(try filing(try file.part(at: entry.start, count: Int(entry.length)))) == digest { return true }
    }
    return false
  }

  /// How long an entry is; nil where there is none.
  func length(of name: String) -> Int64? { entries[name]?.length }

  /// A part of an entry, cut where the entry ends; fewer bytes than that mean that the file was cut meanwhile.
  func read(_ name: String, from offset: Int64 = 0, count: Int64) throws(FileError) -> [UInt8] {
    guard let entry = entries[name], offset >= 0, offset < entry.length else { return [] }
    return try file.part(at: entry.start + offset, count: Int(min(count, entry.length - offset)))
  }

  private static func release(_ name: String) -> Release? {
    guard name.hasPrefix(OfflineEntry.targets) else { return nil }
    let parts = name.split(separator: "/")
    guard parts.count == 5, parts[1] == "plugins", let plugin = try? PluginName("\(parts[2])/\(parts[3])") else {
      return nil
    }
    // With consistent snapshots a digest stands in front.
    let words = parts[4].split(separator: ".")
    guard words.count == 2 || words.count == 3 && SHA256Digest(hex: String(words[0])) != nil, words.last == "json",
      let channel = try? ChannelName(String(words[words.count - 2]))
    else { return nil }
    return Release(plugin: plugin, channel: channel)
  }
}
