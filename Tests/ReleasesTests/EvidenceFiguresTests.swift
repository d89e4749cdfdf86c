import Signing
import StrictJSON
import Testing

@testable import Releases

@Suite("figures of evidence") struct EvidenceFiguresTests {
  private func figures(blocks: Int = 2) throws -> EvidenceFigures {
    var figures = EvidenceFigures()
    figures.gates = [.init("minimumProbes", 1000)]
    figures.counts = [.init("probes", 1440), .init("starts", 1)]
    figures.latencies = [.init(probe: "tools", count: 1440, meanMicroseconds: 900, slowestMicroseconds: 12_000)]
    figures.blocks = (0..<blocks).map { number in
      EvidenceFigures.Block(
        number: Int64(number), isNoiseCheck: number == 0, observedSeconds: 3600,
        installed: .init(requests: 240, errors: 0, medians: [.init("memory", 1 << 26), .init("toolsLatency", 900)]),
        candidate: .init(requests: 240, errors: 1, medians: [.init("memory", 1 << 27), .init("toolsLatency", 950)]),
        pairs: [.init(metric: "toolsLatency", pairs: 60, logRatioMillionths: -54_067)])
    }
    figures.events = [.init(kind: "pathRefused", subject: "/etc/shadow", count: 3)]
    figures.unkeptLimits = ["memory 256 MiB: not limited here"]
    figures.protocolVersion = "2026-07-28"
    figures.errorTail = "a line\nanother"
    figures.environment = ["kernel": "6.1", "sandbox": "runc"]
    figures.tools = try ToolPins(tools: [])
    return figures
  }

  private func evidence(_ change: (inout EvidenceFigures) -> Void = { _ in }) throws -> Evidence {
    var evidence = try Samples.evidence()
    var figures = try figures()
    change(&figures)
    evidence.figures = figures
    return evidence
  }

  @Test func `figures survive their text, and evidence without them is read as before`() throws {
    let evidence = try evidence()
    let read = try Evidence(json: evidence.encoded())
    #expect(read == evidence && read.encoded() == evidence.encoded())
    #expect(read.figures?.judgedBlocks.map(\.number) == [1])
    #expect(read.figures?.blocks[1].candidate["memory"] == 1 << 27)
    #expect(read.figures?.count("probes") == 1440 && read.figures?.count("nothing") == 0)
    #expect(try Evidence(json: Samples.evidence().encoded()).figures == nil)
  }

  static let broken: [(String, JSON, String)] = [
    ("format", 2, "format"), ("gates", ["a b": 1], "gates.a b"), ("gates", ["a": "1"], "gates.a"),
    ("counts", [], "counts"), ("blocks", [["number": -1]], "blocks[0].number"),
    ("blocks", [["number": 0, "observedSeconds": 1]], "blocks[0].installed"),
    ("blocks", .array((0...EvidenceFigures.maxBlocks).map { ["number": .int($0)] }), "blocks"),
    ("events", [["kind": "x y", "subject": "", "count": 1]], "events[0].kind"),
    ("events", [["kind": "x", "subject": "", "count": .number("1.5")]], "events[0].count"),
    ("latencies", [["probe": "tools", "count": 1, "mean": -1, "slowest": 1]], "latencies[0].mean"),
    ("errorTail", .string(String(repeating: "x", count: 4097)), "errorTail"),
    ("environment", ["a": 1], "environment.a"),
    ("tools", ["format": 1], "tools.tools"),
  ]

  @Test("each broken figure is named", arguments: broken)
  func refused(field: String, value: JSON, expected: String) throws {
    guard case .object(var record) = try JSON.parse(evidence().encoded()),
      case .object(var figures)? = record["figures"]
    else {
      Issue.record("no object")
      return
    }
    figures[field] = value
    record["figures"] = .object(figures)
    let error = #expect(throws: ReleaseError.self) { try Evidence(json: JSON.object(record).serialized()) }
    #expect(error?.field == "figures." + expected, "\(String(describing: error))")
  }

  @Test func `a record that is too large loses what explains least, never its verdict`() throws {
    var evidence = try evidence()
    let text = String(repeating: "long ", count: 390)
    evidence.toolChanges = (0..<500).map {
      .init(tool: "tool \($0)", kind: "approval", sentence: "it changed", before: text, after: text)
    }
    #expect(evidence.encoded().count > Evidence.maxBytes)
    let fitting = evidence.fitting()
    #expect(fitting.encoded().count <= Evidence.maxBytes)
    #expect(fitting.toolChanges.count == 500 && fitting.toolChanges.allSatisfy { $0.after == nil })
    #expect(fitting.verdict == evidence.verdict && fitting.figures?.blocks == evidence.figures?.blocks)
    #expect(try Evidence(json: fitting.encoded()) == fitting)
    #expect(try self.evidence().fitting() == self.evidence(), "what fits stays as it is")
  }
}
