import Canary
import CanarySupport
import MCP
import Platform
import Releases
import Signing
import StrictJSON
import SystemPackage
import TestSupport
import Testing

@Suite struct EvidenceTests {
  private func signer() throws -> Signer { Signer(try SecretKey.generate()) }

  private func evidence() async throws -> Evidence {
    let installed = try ToolList([["name": "old", "inputSchema": [:]]])
    let plan = try plan(required: .seconds(120), probes: 2, baseline: installed)
    return Evidence(try await watch(PretendPlugin(VirtualClock()), plan), of: plan)
  }

  @Test func `evidence carries the verdict, its figures and the changed tools`() async throws {
    let evidence = try await evidence()
    #expect(evidence.verdict == .pass)
    #expect(evidence.observedSeconds >= 120)
    #expect(evidence.requiredSeconds == 120)
    #expect(evidence.shortened)
    #expect(evidence.probes == 3)
    #expect(evidence.baseline?.text == "1.0")
    #expect(evidence.started < evidence.ended)
    #expect(evidence.toolChanges.map(\.kind) == ["breaking", "approval"])
    #expect(try Evidence(json: evidence.encoded()) == evidence)
  }

  @Test func `a clock that was set back makes no record that ends before it began`() async throws {
    let clock = VirtualClock()
    clock.afterSleep { _, clock in clock.jump(.seconds(-7200)) }
    let plan = try plan(required: .seconds(120), probes: 2)
    let evidence = Evidence(try await watch(PretendPlugin(clock), plan), of: plan)
    #expect(try Evidence(json: evidence.encoded()) == evidence)
  }

  @Test func `signed evidence is believed for its own tree and key only`() async throws {
    let (signer, stranger) = (try signer(), try signer())
    let evidence = try await evidence()
    let file = try EvidenceFile(evidence, signer: signer)
    #expect(try file.verified(by: [signer.publicKey], tree: evidence.tree) == evidence)
    let error = #expect(throws: EvidenceError.self) { try file.verified(by: [stranger.publicKey]) }
    guard case .signature(.unknownKey) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let other = SHA256Digest.of([1])
    #expect(throws: EvidenceError.otherRelease(offered: evidence.tree.hex, needed: other.hex)) {
      try file.verified(by: [signer.publicKey], tree: other)
    }
  }

  @Test func `a changed byte of evidence is refused`() async throws {
    let signer = try signer()
    let file = try EvidenceFile(try await evidence(), signer: signer)
    for index in stride(from: 0, to: file.json.count, by: 41) {
      var json = file.json
      json[index] ^= 1
      #expect(throws: EvidenceError.self) {
        try EvidenceFile(json: json, signature: file.signature).verified(by: [signer.publicKey])
      }
    }
  }

  @Test func `a signature for another purpose is refused`() async throws {
    let signer = try signer()
    let evidence = try await evidence()
    let signature = try signer.minisign(evidence.encoded(), trustedComment: "bundle").text
    #expect(throws: EvidenceError.otherComment(offered: "bundle", needed: evidence.trustedComment)) {
      try EvidenceFile(json: evidence.encoded(), signature: signature).verified(by: [signer.publicKey])
    }
    let text = Array("{}".utf8)
    let signed = try signer.minisign(text, trustedComment: "x").text
    let error = #expect(throws: EvidenceError.self) {
      try EvidenceFile(json: text, signature: signed).verified(by: [signer.publicKey])
    }
    guard case .unreadable = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(.enabled(if: Self.minisign != nil, "minisign is not installed"))
  func `minisign itself accepts the evidence`() async throws {
    let minisign = try #require(Self.minisign)
    let signer = try signer()
    let file = try EvidenceFile(try await evidence(), signer: signer)
    let scratch = try Scratch()
    let path = try scratch.write(file.json, to: "evidence.json")
    try scratch.write(file.signature, to: "evidence.json.minisig")
    let output = try await Machine.live.processes.run(
      Command(executable: minisign, arguments: ["-Vm", path.string, "-P", signer.publicKey.base64]),
      input: [], outputLimit: 1 << 16, timeout: .seconds(30))
    #expect(output.status == .exited(0), "\(String(decoding: output.stderr, as: UTF8.self))")
  }

  private static let minisign = ["/usr/bin/minisign", "/usr/local/bin/minisign"].map { FilePath($0) }.first {
    (try? Machine.live.files.status($0)) != nil
  }
}
