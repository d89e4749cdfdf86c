package import Platform
package import Releases
import StrictJSON

/// What an agent remembers over restarts: when it does what again, what failed how often, and what it has told.
package struct AgentMemory: Equatable, Sendable {
  /// A repository as an agent knows it.
  package struct Repository: Equatable, Sendable {
    /// When it last answered.
    package var checked: Instant?
    /// When it is asked again.
    package var due: Instant
    /// How often it failed since it last answered.
    package var failures = 0
    /// Why, in a sentence; empty when it answered.
    package var error = ""
    /// When its timestamp expires; nil where none is known.
    package var expires: Instant?
  }

  /// What an agent has told about a plugin; nothing new is told as long as word and version stay.
  package struct Note: Equatable, Sendable {
    /// What it is in one word: "soaking", "needs-approval", "held".
    package var word: String
    /// The version that it is about.
    package var version: ReleaseVersion?
    /// The same in a sentence.
    package var sentence: String
    /// The command by which a person answers; empty where none is needed.
    package var command = ""
    /// Since when.
    package var since: Instant
    /// How often it failed in a row.
    package var failures = 0
    /// When it is tried again; nil where the next check decides.
    package var retry: Instant?
    /// What the channel said of the observed release: by the time an agent is started anew it may offer another.
    package var offer: String?
  }

  /// The repositories, by id.
  package var repositories: [String: Repository] = [:]
  /// The plugins about which there is something to say, by full name.
  package var notes: [String: Note] = [:]
  /// What was found changed behind this host's back, in sentences, by what it is about.
  package var findings: [String: String] = [:]
  /// When installed files were compared last with what was signed.
  package var scanned: Instant?
  /// How many trees were looked at then, and how many of them are not what was signed.
  package var scan = Scan()
  /// When what nothing needs was removed last.
  package var pruned: Instant?
  /// How often healing failed in a row, and when it is tried again.
  package var healFailures = 0
  /// When healing is tried again; nil where nothing is to be healed.
  package var healDue: Instant?

  /// The last look at installed trees.
  package struct Scan: Equatable, Sendable {
    /// How many trees there were.
    package var trees = 0
    /// How many of them were read as a whole.
    package var read = 0
    /// What is not as it was signed and could not be healed, in sentences.
    package var changed: [String] = []
  }

  /// Nothing is remembered.
  package init() {}
}

extension AgentMemory {
  /// How many repositories and plugins are remembered.
  static let limit = 4096

  init?(json: JSON) {
    guard let repositories = json["repositories"]?.objectValue, let notes = json["plugins"]?.objectValue else {
      return nil
    }
    for member in repositories.members.prefix(Self.limit) {
      self.repositories[member.key] = Repository(json: member.value)
    }
    for member in notes.members.prefix(Self.limit) { self.notes[member.key] = Note(json: member.value) }
    for member in json["findings"]?.objectValue?.members.prefix(Self.limit) ?? [] {
      findings[member.key] = member.value.stringValue
    }
    scanned = json["scanned"]?.instant
    pruned = json["pruned"]?.instant
    healDue = json["healAgain"]?.instant
    healFailures = max(0, json["healFailures"]?.intValue ?? 0)
    scan.trees = json["trees"]?.intValue ?? 0
    scan.read = json["treesRead"]?.intValue ?? 0
    scan.changed = json["changed"]?.arrayValue?.compactMap(\.stringValue) ?? []
  }

  var json: JSON.Object {
    [
      "repositories": .object(
        JSON.Object(repositories.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) })),
      "plugins": .object(JSON.Object(notes.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) })),
      "findings": .object(JSON.Object(findings.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
      "scanned": .instant(scanned), "trees": .int(scan.trees), "treesRead": .int(scan.read),
      "changed": .strings(scan.changed), "pruned": .instant(pruned), "healFailures": .int(healFailures),
      "healAgain": .instant(healDue),
    ]
  }
}

extension AgentMemory.Repository {
  init?(json: JSON) {
    guard let due = json["next"]?.instant else { return nil }
    self.due = due
    checked = json["checked"]?.instant
    failures = max(0, json["failures"]?.intValue ?? 0)
    error = json["error"]?.stringValue ?? ""
    expires = json["expires"]?.instant
  }

  var json: JSON {
    [
      "checked": .instant(checked), "next": .instant(due), "failures": .int(failures), "error": .string(error),
      "expires": .instant(expires),
    ]
  }
}

extension AgentMemory.Note {
  init?(json: JSON) {
    guard let word = json["word"]?.stringValue, let since = json["since"]?.instant else { return nil }
    self.word = word
    self.since = since
    version = json["version"]?.stringValue.flatMap { try? ReleaseVersion($0) }
    sentence = json["sentence"]?.stringValue ?? ""
    command = json["command"]?.stringValue ?? ""
    failures = max(0, json["failures"]?.intValue ?? 0)
    retry = json["retry"]?.instant
    offer = json["offer"]?.stringValue
  }

  var json: JSON {
    [
      "word": .string(word), "version": version.map { .string($0.text) } ?? .null, "sentence": .string(sentence),
      "command": .string(command), "since": .instant(since), "failures": .int(failures), "retry": .instant(retry),
      "offer": offer.map { .string($0) } ?? .null,
    ]
  }
}

extension JSON {
  static func instant(_ time: Instant?) -> JSON { time.map { .string($0.rfc3339) } ?? .null }

  var instant: Instant? { stringValue.flatMap { Instant(rfc3339: $0) } }
}
