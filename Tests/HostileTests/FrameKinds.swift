/// Bundles whose compressed form is not the one frame that it must be.
enum FrameKinds {
  private static func frame(
    _ name: String, _ outcome: String, _ make: @escaping @Sendable (Forge) async throws -> [UInt8]
  ) -> HostileKind {
    .bundle("frame", name, outcome, make)
  }

  private static func changed(
    _ name: String, _ outcome: String, _ change: @escaping @Sendable (inout ZstdFrame) -> Void
  ) -> HostileKind {
    frame(name, outcome) {
      var frame = ZstdFrame(storing: try $0.tar())
      change(&frame)
      return frame.bytes()
    }
  }

  static let all: [HostileKind] = [
    changed("a window of 8 MiB", "accepted") { $0.windowLog = 23 },
    changed("a window of 16 MiB", "windowTooLarge") { $0.windowLog = 24 },
    changed("a window of 2 GiB", "windowTooLarge") { $0.windowLog = 31 },
    changed("a window of 2^41 bytes", "windowTooLarge") { $0.windowLog = 41 },
    changed("one segment of 2 GiB", "windowTooLarge") {
      $0.windowLog = nil
      $0.contentSize = 2 << 30
    },
    changed("one segment of 2^63 bytes", "windowTooLarge") {
      $0.windowLog = nil
      $0.contentSize = 1 << 63
    },
    changed("more content than its header says", "compression") { $0.contentSize = 1024 },
    changed("less content than its header says", "compression") { $0.contentSize = 1 << 20 },
    changed("a wrong checksum", "compression") { $0.checksum = [1, 2, 3, 4] },
    changed("a dictionary", "compression") { $0.dictionary = 7 },
    changed("a reserved bit", "compression") { $0.reservedBit = true },
    changed("a reserved kind of block", "compression") { $0.add(type: 3, size: 0, []) },
    changed("a block larger than a block", "compression") {
      $0.add(type: 0, size: 200_000, [UInt8](repeating: 0, count: 200_000))
    },
    changed("a compressed block of garbage", "compression") { $0.add(type: 2, size: 5, [9, 9, 9, 9, 9]) },
    changed("the format of zstd 0.7", "compression") { $0.magic = [0x27, 0xb5, 0x2f, 0xfd] },
    changed("the format of zstd 0.5", "compression") { $0.magic = [0x25, 0xb5, 0x2f, 0xfd] },
    changed("1 GiB of zeros behind the tar", "trailingData") { $0.repeating(0, count: 1 << 30) },
    frame("a frame to be skipped in front", "compression") {
      ZstdFrame.skippable([1, 2, 3]) + ZstdFrame(storing: try $0.tar()).bytes()
    },
    frame("a frame to be skipped behind", "trailingData") {
      ZstdFrame(storing: try $0.tar()).bytes() + ZstdFrame.skippable([1, 2, 3])
    },
    frame("an empty frame in front", "truncated") { ZstdFrame().bytes() + ZstdFrame(storing: try $0.tar()).bytes() },
    frame("two frames", "truncated") {
      let tar = try $0.tar()
      return ZstdFrame(storing: Array(tar[..<1024])).bytes() + ZstdFrame(storing: Array(tar[1024...])).bytes()
    },
    frame("the bundle twice", "trailingData") {
      let bytes = ZstdFrame(storing: try $0.tar()).bytes()
      return bytes + bytes
    },
    frame("one byte behind the frame", "trailingData") { ZstdFrame(storing: try $0.tar()).bytes() + [0] },
    frame("a frame that never ends", "truncated") { ZstdFrame(storing: try $0.tar()).bytes(isEnding: false) },
    frame("cut in a block", "truncated") { Array(ZstdFrame(storing: try $0.tar()).bytes().dropLast(700)) },
    frame("cut in the header", "truncated") { Array(ZstdFrame(storing: try $0.tar()).bytes().prefix(5)) },
    frame("cut in the magic", "truncated") { Array(ZstdFrame(storing: try $0.tar()).bytes().prefix(3)) },
    frame("no byte at all", "truncated") { _ in [] }, frame("a plain tar", "compression") { try $0.tar() },
    frame("a gzip", "compression") { try await $0.run("gzip", ["-c"], try $0.tar()) },
    frame("a zip", "compression") { _ in CraftedZip().closed },
    frame("zeros", "compression") { _ in [UInt8](repeating: 0, count: 1 << 16) },
    frame("a frame in a frame", "unexpectedEntry") {
      ZstdFrame(storing: ZstdFrame(storing: try $0.tar()).bytes()).bytes()
    },
    frame("512 MiB of zeros", "unexpectedEntry") { _ in
      var frame = ZstdFrame()
      frame.repeating(0, count: 512 << 20)
      return frame.bytes()
    },
  ]
}
