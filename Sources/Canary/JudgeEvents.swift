import Releases
import Signing

/// What the events in a candidate's sandboxes say about it.
enum JudgeEvents {
  /// Most subjects that a sentence names.
  private static let mostNamed = 3

  /// Reasons to fail at once; none for what the record already counts as a failure.
  static func failures(_ record: CanaryRecord) -> [Finding] {
    let known = Set(record.failures.map(\.code))
    return findings(own(record), .refusal).filter { !known.contains($0.code) }
  }

  /// What the installed release does as well is nothing that an update would bring.
  private static func own(_ record: CanaryRecord) -> [CanaryEvent] {
    record.events.filter { event in
      !record.installedEvents.contains { $0.kind == event.kind && $0.subject == event.subject }
    }
  }

  /// What is told and stops nothing: the sandbox refused it, and programs look for what is not there all the time.
  static func notices(_ record: CanaryRecord) -> [Finding] {
    let shared = record.events.filter { !own(record).contains($0) }
    let both = findings(shared, .refusal).map { finding in
      Finding(.notice, code: "both-" + finding.code, "as the installed release does, \(finding.sentence)")
    }
    return findings(record.events, .notice) + both
  }

  private static func findings(_ events: [CanaryEvent], _ severity: Finding.Severity) -> [Finding] {
    CanaryEvent.Kind.allCases.filter { $0.judgement.severity == severity }.compactMap { kind in
      let counts = Dictionary(grouping: events.filter { $0.kind == kind && $0.count > 0 }, by: \.subject)
      guard !counts.isEmpty else { return nil }
      let named = counts.keys.sorted().prefix(mostNamed).map { subject in
        let often = counts[subject, default: []].reduce(0) { max($0, $0 &+ $1.count) }
        return Quoted(subject).description + (often > 1 ? " (\(often) times)" : "")
      }
      let more = counts.count > named.count ? " and \(counts.count - named.count) more" : ""
      let words = kind.judgement
      return Finding(severity, code: words.code, words.begin + named.joined(separator: ", ") + more + words.end)
    }
  }
}

extension CanaryEvent.Kind {
  /// How much a kind of event weighs, its code, and the words around its subjects.
  fileprivate var judgement: (severity: Finding.Severity, code: String, begin: String, end: String) {
    switch self {
    case .connectionRefused:
      (.refusal, "connection-refused", "it tried to connect to ", ", which its permissions do not allow")
    case .decoyTouched: (.refusal, "decoy-touched", "it touched ", ", decoys that nobody has a reason to read")
    case .programRefused: (.refusal, "program-refused", "it tried to run ", ", which its permissions do not allow")
    case .outOfMemory: (.refusal, "out-of-memory", "the kernel ended ", " for want of the memory that it is allowed")
    case .leftBehind: (.refusal, "left-behind", "it left processes behind after its end: ", "")
    case .pathRefused: (.notice, "path-refused", "it was refused ", ", which its permissions do not name")
    case .callRefused: (.notice, "call-refused", "it was refused the system calls ", "")
    case .programStarted: (.notice, "program-started", "it ran ", "")
    }
  }
}
