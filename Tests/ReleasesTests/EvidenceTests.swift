import Releases
import Signing
import StrictJSON
import Testing

@Suite("evidence and pins") struct EvidenceTests {
  private func full() throws -> Evidence {
    var evidence = try Samples.evidence(.inconclusive)
    evidence.reasons = [
      Finding(.notice, code: "slow-start", "it took 4 s to start"),
      Finding(.approval, code: "tool-text", "a text changed"),
    ]
    evidence.shortened = true
    evidence.baseline = try ReleaseVersion("2026.10.10")
    evidence.toolChanges = [.init(tool: "get_time", kind: "approval", sentence: "the description changed")]
    return evidence
  }

  @Test func `evidence survives its text`() throws {
    for evidence in [try full(), try Samples.evidence()] {
      let read = try Evidence(json: evidence.encoded())
      #expect(read == evidence && read.encoded() == evidence.encoded())
    }
    #expect(
      try full().trustedComment
        == "evidence plugin:io.github.acme/time version:2026.10.19 tree:\(Samples.digest.hex)")
  }

  @Test(
    "each broken field is named",
    arguments: [
      ("format", 0, "format"), ("plugin", nil, "plugin"), ("tree", "x", "tree"), ("verdict", "maybe", "verdict"),
      ("reasons", nil, "reasons"), ("reasons", [["severity": "huge"]], "reasons[0].severity"),
      ("reasons", [["severity": "notice", "code": "No Code", "sentence": ""]], "reasons[0].code"),
      ("observedSeconds", -1, "observedSeconds"), ("observedSeconds", .number("1.5"), "observedSeconds"),
      ("requiredSeconds", nil, "requiredSeconds"), ("shortened", nil, "shortened"), ("shortened", 0, "shortened"),
      ("probes", -5, "probes"), ("started", "2026-11-23", "started"), ("ended", "2000-01-01T00:00:00Z", "ended"),
      ("baseline", "..", "baseline"), ("toolChanges", [["tool": "a"]], "toolChanges[0].kind"),
    ] as [(String, JSON?, String)])
  func refused(field: String, value: JSON?, expected: String) throws {
    guard case .object(var object) = try JSON.parse(full().encoded()) else { return }
    object[field] = value
    let error = #expect(throws: ReleaseError.self) { try Evidence(json: JSON.object(object).serialized()) }
    #expect(error?.field == expected, "\(String(describing: error))")
  }

  private func pin(_ name: String) -> ToolPin {
    ToolPin(
      name: name, description: Samples.digest, input: Samples.otherDigest, text: Samples.digest,
      output: Samples.otherDigest, annotations: Samples.digest, rest: Samples.otherDigest)
  }

  @Test func `pins survive their JSON and are sorted`() throws {
    let pins = try ToolPins(tools: [pin("b"), pin("a"), pin("A")])
    #expect(pins.tools.map(\.name) == ["A", "a", "b"])
    #expect(try ToolPins(json: pins.json) == pins)
    #expect(pins["a"] == pin("a") && pins["c"] == nil)
    #expect(try ToolPins(tools: []).tools.isEmpty)
  }

  @Test func `pins that are refused`() throws {
    #expect(problem { _ = try ToolPins(tools: [pin("a"), pin("a")]) } == .duplicate("a"))
    let many = (0...ToolPins.maxTools).map { pin("t\($0)") }
    #expect(problem { _ = try ToolPins(tools: many) } == .tooMany(offered: 2049, limit: 2048))
    let broken: [(JSON, String)] = [
      (["format": 2, "tools": []], "format"), (["format": 1], "tools"),
      (["format": 1, "tools": [["name": ""]]], "name"),
      (["format": 1, "tools": [["name": "a", "extra": 1]]], "extra"), ([], ""),
    ]
    for (json, field) in broken {
      let error = #expect(throws: ReleaseError.self) { try ToolPins(json: json) }
      #expect(error?.field.hasSuffix(field) == true && error?.field.hasPrefix("toolPins") == true)
    }
  }

  @Test func `every problem has a sentence that names field and values`() {
    let problems: [ReleaseError.Problem] = [
      .missing, .wrongKind(offered: "a text", needed: "a list"), .invalid(offered: "x", rule: "be y"),
      .tooLong(offered: 2, limit: 1), .tooMany(offered: 2, limit: 1), .outOfRange(offered: 5, minimum: 1, maximum: 2),
      .unknown, .duplicate("x"), .collision("A", "a"), .notAFolder("a"), .outOfOrder("a", after: "b"),
      .mismatch(offered: "1", computed: "2"), .unsupportedFormat(offered: "2", supported: "format 1"),
      .unreadable("why"),
    ]
    let errors = problems.map { ReleaseError("some.field", $0) }
    #expect(Set(errors.map(\.description)).count == problems.count)
    for error in errors {
      #expect(error.description.contains("some.field") && !error.description.hasSuffix("."))
      #expect(error.help != nil && error.blame == .repository && error.blaming(.user).blame == .user)
    }
    #expect(
      ReleaseError("a", .invalid(offered: "x\ny", rule: "be z")).description == "a is “x\u{fffd}y”, and it must be z")
  }
}
