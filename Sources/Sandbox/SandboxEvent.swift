import Synchronization

/// Something that a plugin did in its sandbox and that its answers do not show.
package struct SandboxEvent: Hashable, Sendable {
  /// The kinds of events.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// A connection that was not allowed.
    case connectionRefused
    /// A path of the machine that was not declared.
    case pathRefused
    /// A decoy that looks like a secret was opened.
    case decoyTouched
    /// A system call that is not allowed.
    case callRefused
    /// A program was started.
    case programStarted
    /// A program was started that is neither declared nor the plugin's own.
    case programRefused
    /// The kernel or Serin ended a process for want of memory.
    case outOfMemory
    /// A process was still there when the plugin's first process left.
    case leftBehind
    /// It was asked whether a path is there (in a draft only).
    case pathLookedAt
    /// A path was listed or read (in a draft only).
    case pathRead
    /// A path was to be changed (in a draft only).
    case pathWritten
    /// A name was to be resolved (in a draft only).
    case nameLookedUp
    /// A connection was tried, to wherever (in a draft only).
    case connectionTried
  }

  /// What happened.
  package let kind: Kind
  /// To what: `host:port`, a path, a system call, a program.
  package let subject: String
  /// How often.
  package var count: Int

  /// Notes an event.
  package init(_ kind: Kind, _ subject: String, count: Int = 1) {
    self.kind = kind
    self.subject = subject
    self.count = count
  }
}

/// The events of one sandbox, told apart by kind and subject, bounded however much a plugin does.
package final class SandboxEventLog: Sendable {
  /// The most events that are told apart for a canary.
  package static let most = 200
  /// The most events that are told apart for a draft, which wants to know everything.
  package static let mostForDraft = 4000
  /// The longest subject in bytes.
  package static let longestSubject = 256

  private struct Key: Hashable {
    let kind: SandboxEvent.Kind
    let subject: String
  }

  private struct Kept {
    var events: [SandboxEvent] = []
    var places: [Key: Int] = [:]
    var notKept = 0
  }

  private let kept = Mutex(Kept())
  private let limit: Int

  /// Makes an empty log that tells at most `limit` events apart.
  package init(limit: Int = most) { self.limit = limit }

  /// Notes that something happened; what is new when the log is full is only counted.
  package func note(_ kind: SandboxEvent.Kind, _ subject: String, count: Int = 1) {
    let subject = Self.tidy(subject)
    kept.withLock { kept in
      if let place = kept.places[Key(kind: kind, subject: subject)] {
        kept.events[place].count = Self.sum(kept.events[place].count, count)
      } else if kept.events.count < limit {
        kept.places[Key(kind: kind, subject: subject)] = kept.events.count
        kept.events.append(SandboxEvent(kind, subject, count: count))
      } else {
        kept.notKept = Self.sum(kept.notKept, count)
      }
    }
  }

  /// What happened so far, in the order in which it happened first.
  package var events: [SandboxEvent] { kept.withLock { $0.events } }

  /// How many occurrences found no place.
  package var notKept: Int { kept.withLock { $0.notKept } }

  private static func sum(_ one: Int, _ other: Int) -> Int {
    let (sum, overflow) = one.addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  /// A plugin chooses its subjects: nothing of them may reach a terminal as a control sequence, or grow without end.
  private static func tidy(_ text: String) -> String {
    var tidied = ""
    var bytes = 0
    for scalar in text.unicodeScalars {
      let isPlain =
        scalar.value >= 0x20 && scalar.properties.generalCategory != .control
        && scalar.properties.generalCategory != .format
      let shown = isPlain ? String(scalar) : "?"
      guard bytes + shown.utf8.count <= longestSubject else { return tidied + "…" }
      tidied += shown
      bytes += shown.utf8.count
    }
    return tidied
  }
}
