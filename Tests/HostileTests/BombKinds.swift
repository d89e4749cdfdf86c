import Bundles
import Platform
import Releases
import TestSupport

/// What is small on the way and large where it arrives.
enum BombKinds {
  private static let zeros = 512 << 20

  /// A tar of one file of zeros, as a zstd frame of a few KiB.
  private static func tarFrame(_ count: Int) -> ZstdFrame {
    var tar = HostileTar()
    tar.add(name: Array("zeros".utf8), [], claimedSize: count)
    var frame = ZstdFrame(storing: tar.bytes)
    frame.repeating(0, count: count + 1024)
    return frame
  }

  private static func bomb(
    _ name: String, _ outcome: String, _ make: @escaping @Sendable (Forge) async throws -> [UInt8]
  ) -> HostileKind {
    .archive("bomb", name, outcome, steps: 128, limits: muchContent, make)
  }

  static let all: [HostileKind] = [
    bomb("512 MiB of zeros in 17 KiB", "archive.bomb") { _ in tarFrame(zeros).bytes() },
    bomb("512 MiB of zeros in a frame in a frame", "archive.bomb") { _ in
      ZstdFrame(storing: tarFrame(zeros).bytes()).bytes()
    },
    bomb("512 MiB of zeros in two frames in zstd's own compression", "archive.bomb") { forge in
      try await forge.run("zstd", ["-19", "-c"], tarFrame(zeros).bytes())
    },
    bomb("a gzip in a gzip", "archive.bomb") { forge in
      let inner = try await forge.run("gzip", ["-9", "-c"], tarFrame(8 << 20).bytes())
      return try await forge.run("gzip", ["-9", "-c"], inner)
    },
    .archive("bomb", "a file of zeros in a zip", "archive.bomb", limits: littleExpansion) { forge in
      var zip = CraftedZip()
      let plain = [UInt8](repeating: 0, count: 8 << 20)
      zip.add("zeros", try await forge.deflated(plain), method: 8, size: plain.count, plain: [])
      return zip.closed
    },
    bomb("a frame that never ends", "archive.bomb") { _ in
      Array(tarFrame(zeros).bytes(isEnding: false))
    },
    .archive("bomb", "9 MiB that do not compress", "archive.tooLarge") { _ in
      var tar = HostileTar()
      tar.add(name: Array("noise".utf8), SecureRandom.bytes(9 << 20))
      return tar.closed
    },
    bomb("a window of 2 GiB", "archive.unknownFormat") { _ in
      var frame = tarFrame(1000)
      frame.windowLog = 31
      return frame.bytes()
    },
    bomb("30 layers of gzip", "archive.unknownFormat") { forge in
      var bytes = tarFrame(1000).bytes()
      for _ in 0..<30 { bytes = try await forge.run("gzip", ["-c"], bytes) }
      return bytes
    },
    .archive("bomb", "10^6 entries", "archive.tooManyEntries", limits: treeEntries) { try $0.millionEntries() },
    .archive("bomb", "more entries than the limit", "archive.tooManyEntries", steps: 128, limits: fewEntries) { _ in
      var tar = HostileTar()
      for index in 0..<150 { tar.add("f\(index)") }
      return tar.closed
    },
    .archive("bomb", "folders that nobody named", "archive.tooManyEntries", steps: 256, limits: fewEntries) { _ in
      var tar = HostileTar()
      for index in 0..<6 {
        tar.addPaxPath(Array((0..<30).map { "d\(index)-\($0)" }.joined(separator: "/").utf8))
        tar.add("a")
      }
      return tar.closed
    },
  ]

  /// Links wait for the end of an import, so that entries alone cost no change of the disk.
  private static let treeEntries: ArchiveImporter.Limits = {
    var limits = HostileKind.small
    limits.entries = BundleManifest.maxEntries
    return limits
  }()

  /// The rule of 1,000 to 1 is met before the bound on content.
  private static let muchContent: ArchiveImporter.Limits = {
    var limits = HostileKind.small
    limits.content = 64 << 20
    return limits
  }()

  /// Deflate itself cannot do better than 1,032 to 1.
  private static let littleExpansion: ArchiveImporter.Limits = {
    var limits = HostileKind.small
    limits.expansion = 100
    return limits
  }()

  private static let fewEntries: ArchiveImporter.Limits = {
    var limits = HostileKind.small
    limits.entries = 100
    return limits
  }()
}
