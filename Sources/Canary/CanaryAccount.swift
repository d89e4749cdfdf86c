package import Releases
package import Signing

/// One canary with everything that is known of it, running or over, from whichever side: what is watched, explained and
/// reported.
package struct CanaryAccount: Sendable {
  /// Where a canary stands.
  package enum State: String, Sendable, CaseIterable {
    /// Being observed, now or when somebody goes on.
    case running
    /// Observed long enough and good.
    case passed
    /// A gate failed, or the candidate was found to be worse.
    case failed
    /// Neither.
    case inconclusive
    /// Given up: a newer candidate came, or a person stopped it.
    case aborted

    /// The state that a verdict leads to.
    package init(_ verdict: VerdictKind) {
      switch verdict {
      case .pass: self = .passed
      case .fail: self = .failed
      case .inconclusive: self = .inconclusive
      }
    }
  }

  /// Where it comes from, which decides what to do next.
  package enum Origin: Sendable, Hashable {
    /// A host's own observation.
    case host(isInstalled: Bool)
    /// A publisher's workspace; the channel that may take the release next.
    case workspace(next: String?)
    /// A file from anywhere.
    case file(String)
  }

  /// The record; its verdict counts only when the canary is over.
  package var evidence: Evidence
  /// Where it stands.
  package var state: State
  /// Where it comes from.
  package var origin: Origin
  /// Whether a process observes it at this moment.
  package var isWatched = false
  /// The end of what the candidate wrote to standard error.
  package var errorTail = ""
  /// Who ended or extended it and why.
  package var remark = ""
  /// What waits for a person's agreement, one sentence each.
  package var waits: [String] = []
  /// The digest of the record's file.
  package var digest: SHA256Digest?
  /// Whose signature on the record was checked; nil where there is none or nobody's was.
  package var signer: String?

  /// Tells of a record.
  package init(_ evidence: Evidence, state: State, origin: Origin) {
    self.evidence = evidence
    self.state = state
    self.origin = origin
    errorTail = evidence.figures?.errorTail ?? ""
  }

  /// The figures; empty for a record of before there were any.
  package var figures: EvidenceFigures { evidence.figures ?? EvidenceFigures() }

  /// The part of the needed time that was observed, from 0 to 1.
  package var share: Double {
    guard evidence.requiredSeconds > 0 else { return 1 }
    return min(1, Double(evidence.observedSeconds) / Double(evidence.requiredSeconds))
  }

  /// What it came to, in one sentence.
  package var headline: String {
    let name = "\(evidence.plugin) \(evidence.version)"
    let observed = CanaryJudge.words(.seconds(evidence.observedSeconds))
    let needed = CanaryJudge.words(.seconds(evidence.requiredSeconds))
    let short = evidence.shortened ? ", which is less than the policy asks for" : ""
    return switch state {
    case .running where isWatched: "\(name) is being observed: \(observed) of \(needed)\(short)"
    case .running: "the observation of \(name) stands still at \(observed) of \(needed)\(short)"
    case .passed: "\(name) passed: nothing spoke against it in \(observed) of observed time\(short)"
    case .failed: "\(name) failed after \(observed) of observed time"
    case .inconclusive: "it cannot be told whether \(name) is good: \(observed) of \(needed) were observed\(short)"
    case .aborted: "the observation of \(name) was given up after \(observed) of \(needed)"
    }
  }

  /// What to do next, one sentence each with its command.
  package var next: [String] {
    let (name, version) = (evidence.plugin.name, evidence.version.text)
    switch (origin, state) {
    case (.host, .running) where isWatched:
      return ["`serin canary watch \(name)` shows it as it goes, `serin canary abort \(name)` ends it"]
    case (.host, .running):
      return ["`serin canary start \(name)` goes on where it stopped; `serin update \(name)` also switches afterwards"]
    case (.host(true), .passed): return ["it runs already; `serin rollback \(name)` goes back"]
    case (.host, .passed) where !waits.isEmpty:
      return [
        "read what waits; if that is wanted: `serin canary approve \(name) \(version)`, then `serin update \(name)`"
      ]
    case (.host, .passed): return ["`serin update \(name)` switches to it"]
    case (.host, .failed):
      return [
        "the installed release stays; tell its publisher",
        "`serin canary start \(name) --anew` observes it once more from the beginning",
      ]
    case (.host, .inconclusive):
      return [
        "`serin canary start \(name)` goes on observing, `serin canary extend \(name) 12h` asks for more time first",
        "`serin canary approve \(name) \(version)` takes it as it is, at your own word",
      ]
    case (.host, .aborted): return ["`serin canary start \(name)` begins anew"]
    case (.workspace(let channel?), .passed): return ["`serin promote \(name) \(version) --to \(channel)`"]
    case (.workspace, .passed): return ["no channel follows this one; nothing is to be done"]
    case (.workspace, .failed): return ["mend it and publish another version; this verdict stays"]
    case (.workspace, .inconclusive), (.workspace, .running), (.workspace, .aborted):
      return ["`serin canary run \(name)` goes on where it stopped"]
    case (.file(let path), _): return ["`serin verify \(path) --key KEY` checks whose word this is"]
    }
  }
}
