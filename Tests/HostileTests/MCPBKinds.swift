/// The forms of MCPB's signature block, which its own tools append and cannot verify, and what can be made of them.
enum MCPBKinds {
  private static let begin = Array("MCPB_SIG_V1".utf8)
  private static let end = Array("MCPB_SIG_END".utf8)
  private static let signature = [0x30, 0x82, 0x01, 0x00] + [UInt8](repeating: 0x2a, count: 256)

  private static func block(_ content: [UInt8], length: Int? = nil) -> [UInt8] {
    begin + ZstdFrame.little(UInt32(length ?? content.count)) + content + end
  }

  private static func kind(
    _ name: String, _ outcome: String, comment: UInt16? = nil, _ block: [UInt8]
  ) -> HostileKind {
    .archive("mcpb", name, outcome) { _ in
      var zip = CraftedZip()
      zip.add("manifest.json", Array("{}".utf8))
      zip.commentLength = comment
      return zip.closed + block
    }
  }

  static let all: [HostileKind] = [
    kind("no signature", "accepted", []), kind("a signature behind the zip", "accepted", block(signature)),
    kind(
      "a signature in the zip's comment", "accepted", comment: UInt16(block(signature).count), block(signature)),
    kind("an empty signature", "accepted", block([])),
    kind("a block that says it is longer", "accepted", block(signature, length: 100_000)),
    kind("a block that says it is shorter", "accepted", block(signature, length: 3)),
    kind("a block without its end", "accepted", Array(block(signature).dropLast(12))),
    kind("an end without a block", "accepted", end),
    kind("a beginning without a length", "accepted", begin + end),
    kind("two blocks", "accepted", block(signature) + block(signature)),
    kind("a block inside of the signature", "accepted", block(signature + block([1]))),
    kind("a block of 2 MiB", "archive.unknownFormat", block([UInt8](repeating: 0, count: 2 << 20))),
    kind("a block of 4 GiB, by its word", "accepted", block(signature, length: 0xffff_ffff)),
    .archive("mcpb", "a block and no zip", "archive.unknownFormat") { _ in block(signature) },
    .archive("mcpb", "a signed tar", "accepted") { forge in
      try await forge.run("tar", ["-cf", "-", "-C", "/", "--files-from", "/dev/null"], []) + block(signature)
    },
  ]
}
