package import StrictJSON

/// One thing that a signing request would change, in a sentence that a person can judge.
package struct RequestChange: Hashable, Sendable {
  /// What it is about.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// A release that a channel would offer.
    case release
    /// A file that would be vouched for.
    case file
    /// A plugin may do more than what the channel offers now.
    case widening = "permission-widening"
    /// A plugin may do less, or something that does not matter.
    case permission
    /// A release that would be withdrawn.
    case yank
    /// A key that would count, or count no longer.
    case key
    /// How many keys must sign.
    case threshold
    /// To whom a role delegates.
    case delegation
    /// Anything else that would be signed.
    case other
  }

  /// What it is about.
  package let kind: Kind
  /// One sentence without a full stop.
  package let sentence: String

  init(_ kind: Kind, _ sentence: String) {
    self.kind = kind
    self.sentence = sentence
  }

  /// The change as a JSON object.
  package var json: JSON { ["kind": .string(kind.rawValue), "sentence": .string(sentence)] }
}
