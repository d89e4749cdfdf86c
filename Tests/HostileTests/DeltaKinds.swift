import Bundles
import Releases
import Signing
import TestSupport

/// Deltas that signed metadata name, and that do not lead where they say.
enum DeltaKinds {
  static let all: [HostileKind] = descriptions + manifests + frames + outer

  private static func delta(
    _ group: String, _ name: String, _ outcome: String,
    _ change: @escaping @Sendable (inout DeltaParts, Forge) throws -> Void
  ) -> HostileKind {
    HostileKind(
      group: group, name: name, form: .delta, outcome: outcome, steps: HostileKind.usualSteps,
      limits: HostileKind.small
    ) { forge in
      var parts = try DeltaParts(forge)
      try change(&parts, forge)
      return parts.bytes
    }
  }

  private static func says(
    _ name: String, _ old: String, _ new: String, _ outcome: String = "badDelta"
  ) -> HostileKind {
    delta("description", name, outcome) { parts, _ in parts.description = parts.description.replacing(old, with: new) }
  }

  private static let frame = #"{"new":[0],"old":[1]}"#

  private static let descriptions: [HostileKind] = [
    delta("description", "nothing wrong", "accepted") { _, _ in },
    says("another tree to start from", #""from":""#, #""from":"\#(String(repeating: "0", count: 64))","x":""#),
    delta("description", "the digest of another manifest", "wrongBase") { parts, forge in
      let own = try forge.older().manifest.tree.hex
      let start = try DeltaParts(forge).description.prefix(20)
      parts.description = start + own + parts.description.dropFirst(20 + 64)
    },
    says("a digest that is none", #""from":""#, #""from":"0"#),
    says("a format of the future", #""format":1"#, #""format":2"#),
    says("a member that nobody knows", #""format":1"#, #""format":1,"exec":"sh""#),
    says("a member twice", #""format":1"#, #""format":1,"format":1"#),
    says("no JSON", "{", "<"),
    says("brackets without end", #""frames":["#, #""frames":["# + String(repeating: "[", count: 9000)),
    says("a manifest of no bytes", #""manifest":"#, #""manifest":0,"frames":[],"x":"#),
    says("a manifest of a negative size", #""manifest":"#, #""manifest":-"#),
    says("a manifest of 2^60 bytes", #""manifest":"#, #""manifest":1152921504606846976"#),
    says("no frames", frame, ""), says("a content that there is not", #""new":[0]"#, #""new":[7]"#),
    says("a negative content", #""new":[0]"#, #""new":[-1]"#), says("a content twice", #""new":[0]"#, #""new":[0,0]"#),
    says("a content in two frames", frame, frame + "," + frame), says("no content", #""new":[0]"#, #""new":[]"#),
    says("contents that are no list", #""new":[0]"#, #""new":0"#),
    says("an old entry that there is not", #""old":[1]"#, #""old":[9]"#),
    says("old entries that are no list", #""old":[1]"#, #""old":1"#),
    says("an old part beyond its file", #""old":[1]"#, #""old":[[1,10,100]]"#),
    says("an old part of no bytes", #""old":[1]"#, #""old":[[1,0,0]]"#),
    says("an old part at a negative offset", #""old":[1]"#, #""old":[[1,-1,5]]"#),
    says("an old part at 2^62", #""old":[1]"#, #""old":[[1,4611686018427387904,4611686018427387904]]"#),
    says("a part that does not begin the file", #""new":[0]"#, #""new":[0],"part":[1,13]"#),
    says("a part beyond the file", #""new":[0]"#, #""new":[0],"part":[0,100]"#),
    says("a part that is not the last", #""new":[0]"#, #""new":[0],"part":[0,5]"#),
    says("20,000 frames", frame, Array(repeating: "{}", count: 20_000).joined(separator: ",")),
    says(
      "an old entry 190,000 times", #""old":[1]"#,
      #""old":[\#(Array(repeating: "1", count: 190_000).joined(separator: ","))]"#,
      "badDelta"),
    delta("description", "2 MiB and one byte", "partTooLarge") { parts, _ in
      parts.description += String(repeating: " ", count: (2 << 20) + 1 - parts.description.utf8.count)
    },
  ]

  private static let manifests: [HostileKind] = [
    delta("new manifest", "another content than its frame says", "compression") { parts, _ in
      parts.manifest.contentSize = 100
    },
    delta("new manifest", "a frame that does not say its size", "compression") { parts, _ in
      parts.manifest.contentSize = nil
    },
    delta("new manifest", "a frame of zeros that says the right size", "compression") { parts, forge in
      var frame = ZstdFrame()
      frame.repeating(0, count: 32 << 20)
      frame.contentSize = UInt64(forge.manifest.encoded().count)
      parts.manifest = frame
    },
    delta("new manifest", "changed after it was signed", "signature.badSignature") { parts, forge in
      parts.manifest = DeltaParts.frame(forge.manifest.encoded().map { $0 == 0x31 ? 0x32 : $0 })
    },
    delta("new manifest", "signed by a stranger", "signature.unknownKey") { parts, forge in
      parts.signature = Array(try Forge.stranger(forge.manifest.encoded(), forge.manifest.trustedComment).utf8)
    },
    delta("new manifest", "a signature for another release", "wrongTrustedComment") { parts, forge in
      let json = forge.manifest.encoded()
      parts.signature = Array(
        try forge.signer.minisign(json, trustedComment: "plugin:x version:1 platform:any").text.utf8)
    },
    delta("new manifest", "a path that climbs", "release.invalid") { parts, forge in
      let json = Array(
        String(decoding: forge.manifest.encoded(), as: UTF8.self)
          .replacing(#""path":"main.py""#, with: #""path":"../x.py""#).utf8)
      parts.manifest = DeltaParts.frame(json)
      parts.signature = Array(try forge.signer.minisign(json, trustedComment: forge.manifest.trustedComment).text.utf8)
    },
  ]

  private static func patch(
    _ name: String, _ outcome: String, _ change: @escaping @Sendable (inout ZstdFrame) -> Void
  ) -> HostileKind {
    delta("patch", name, outcome) { parts, _ in
      var frame = DeltaParts.frame(Array((Forge.contents["main.py"] ?? "").utf8))
      change(&frame)
      parts.frames[0].bytes = frame.bytes()
    }
  }

  private static let frames: [HostileKind] = [
    patch("other content of the same length", "StorageError.digestMismatch") {
      $0 = DeltaParts.frame(Array("print('HELLO')\n".utf8))
    },
    patch("longer content", "compression") { $0 = DeltaParts.frame(Array("print('hello') # and more\n".utf8)) },
    patch("longer content that lies about it", "compression") {
      $0 = DeltaParts.frame(Array("print('hello') # and more\n".utf8))
      $0.contentSize = 15
    },
    patch("shorter content that lies about it", "compression") {
      $0 = DeltaParts.frame([1])
      $0.contentSize = 15
    },
    patch("16 MiB of zeros that say 15 bytes", "compression") { $0.repeating(0, count: 16 << 20) },
    patch("a window of 2 GiB that is not needed", "accepted") { $0.windowLog = 31 },
    patch("a wrong checksum", "compression") { $0.checksum = [1, 2, 3, 4] },
    patch("a dictionary", "compression") { $0.dictionary = 7 },
    patch("a reserved bit", "compression") { $0.reservedBit = true },
    patch("a format that is gone", "compression") { $0.magic = [0x27, 0xb5, 0x2f, 0xfd] },
    patch("a block of garbage", "compression") { $0.add(type: 2, size: 5, [9, 9, 9, 9, 9]) },
    delta("patch", "nothing", "compression") { parts, _ in parts.frames[0].bytes = [] },
    delta("patch", "a frame to be skipped", "compression") { parts, _ in
      parts.frames[0].bytes = ZstdFrame.skippable([1])
    },
    delta("patch", "two frames", "trailingData") { parts, _ in parts.frames[0].bytes += parts.frames[0].bytes },
    delta("patch", "a frame that is longer than it can be", "partTooLarge") { parts, _ in
      parts.frames[0].bytes = [UInt8](repeating: 0, count: 4096)
    },
    delta("patch", "under the name of a frame without a prefix", "unexpectedEntry") { parts, _ in
      parts.frames[0].name = "new/0"
    },
    delta("patch", "under another number", "unexpectedEntry") { parts, _ in parts.frames[0].name = "patch/1" },
    delta("patch", "under a name that climbs", "unexpectedEntry") { parts, _ in parts.frames[0].name = "patch/../../x"
    },
    delta("patch", "one too many", "unexpectedEntry") { parts, _ in parts.frames.append(("patch/1", [1])) },
    delta("patch", "none", "unexpectedEntry") { parts, _ in parts.frames = [] },
    delta("patch", "a tree beside it", "unexpectedEntry") { parts, _ in parts.extra = Forge.entry("tree/x", [1]) },
    delta("patch", "a symbolic link beside it", "unexpectedEntry") { parts, _ in
      parts.extra = TarHeader.bytes(path: "patch/0", kind: .symlink(target: "/etc/passwd"))
    },
  ]

  private static func whole(
    _ name: String, _ outcome: String, _ make: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) -> HostileKind {
    HostileKind(
      group: "delta", name: name, form: .delta, outcome: outcome, steps: HostileKind.usualSteps,
      limits: HostileKind.small
    ) { make(try DeltaParts($0).bytes) }
  }

  private static let outer: [HostileKind] = [
    delta("delta", "a window of 512 KiB", "windowTooLarge") { parts, _ in parts.windowLog = 19 },
    delta("delta", "a window of 2 GiB", "windowTooLarge") { parts, _ in parts.windowLog = 31 },
    delta("delta", "half an end", "truncated") { parts, _ in parts.end = 512 },
    delta("delta", "an end too long", "trailingData") { parts, _ in parts.end = 1536 },
    whole("cut", "truncated") { Array($0.dropLast(900)) }, whole("one byte behind it", "trailingData") { $0 + [0] },
    whole("twice", "trailingData") { $0 + $0 },
    whole("a frame to be skipped in front", "compression") { ZstdFrame.skippable([1]) + $0 },
    whole("nothing", "truncated") { _ in [] },
    HostileKind(
      group: "delta", name: "a bundle in its place", form: .delta, outcome: "unexpectedEntry",
      steps: HostileKind.usualSteps, limits: HostileKind.small
    ) { $0.bundle(try $0.entries()) },
    .bundle("delta", "a delta in the place of a bundle", "unexpectedEntry") { try DeltaParts($0).bytes },
  ]
}
