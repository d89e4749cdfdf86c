import Releases
import Testing

@testable import Canary

@Suite struct JudgeEventTests {
  private func judge(_ events: [CanaryEvent], observed: Duration = .seconds(5)) -> CanaryVerdict {
    CanaryJudge.judge(
      CanaryRecord(probes: 9, events: events), observed: observed,
      gates: CanaryGates(required: .seconds(5), minimumProbes: 1))
  }

  @Test(arguments: [
    (
      CanaryEvent.Kind.connectionRefused, "connection-refused",
      "it tried to connect to “x”, which its permissions do not allow"
    ),
    (.decoyTouched, "decoy-touched", "it touched “x”, decoys that nobody has a reason to read"),
    (.programRefused, "program-refused", "it tried to run “x”, which its permissions do not allow"),
    (.outOfMemory, "out-of-memory", "the kernel ended “x” for want of the memory that it is allowed"),
    (.leftBehind, "left-behind", "it left processes behind after its end: “x”"),
  ])
  func `what only a bad release does fails at once`(kind: CanaryEvent.Kind, code: String, sentence: String) {
    let verdict = judge([CanaryEvent(kind, "x")], observed: .seconds(1))
    #expect(verdict.kind == .fail)
    #expect(verdict.findings.first == Finding(.refusal, code: code, sentence))
  }

  @Test(arguments: [CanaryEvent.Kind.pathRefused, .callRefused, .programStarted])
  func `what programs do all the time is told only`(kind: CanaryEvent.Kind) {
    let verdict = judge([CanaryEvent(kind, "x", count: 3)])
    #expect(verdict.kind == .pass)
    #expect(verdict.findings.contains { $0.severity == .notice && $0.sentence.contains("“x” (3 times)") })
  }

  @Test func `every kind of event has a weight`() {
    for kind in CanaryEvent.Kind.allCases {
      #expect(judge([CanaryEvent(kind, "x")]).findings.contains { $0.sentence.contains("“x”") })
    }
  }

  @Test func `many subjects are one sentence, in order and counted together`() {
    let events = ["d:1", "b:1", "a:1", "c:1", "b:1"].map { CanaryEvent(.connectionRefused, $0, count: 2) }
    #expect(
      judge(events).findings.first?.sentence
        == "it tried to connect to “a:1” (2 times), “b:1” (4 times), “c:1” (2 times) and 1 more, "
        + "which its permissions do not allow")
    #expect(judge(events.reversed()) == judge(events))
  }

  @Test func `what the record counts as a failure already is said once`() {
    var record = CanaryRecord(probes: 9, events: [CanaryEvent(.outOfMemory, "x")])
    record.fail(ProbeFailure(code: "out-of-memory", sentence: "it ran out of memory"))
    let verdict = CanaryJudge.judge(
      record, observed: .seconds(5), gates: CanaryGates(required: .seconds(5), minimumProbes: 1))
    #expect(verdict.findings.filter { $0.code == "out-of-memory" }.count == 1)
  }

  @Test func `an event with a foreign name cannot forge a sentence, nor a count break one`() {
    let verdict = judge([
      CanaryEvent(.pathRefused, "a\nb", count: .max), CanaryEvent(.pathRefused, "a\nb", count: .max),
      CanaryEvent(.callRefused, "z", count: -4),
    ])
    #expect(verdict.kind == .pass)
    #expect(verdict.findings.allSatisfy { !$0.sentence.contains("\n") })
    #expect(!verdict.findings.contains { $0.code == "call-refused" })
  }
}
