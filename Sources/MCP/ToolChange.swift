/// How much a change of a tool matters.
package enum ToolChangeClass: String, Sendable, Comparable, CaseIterable {
  /// Shown, nothing more: titles, output schemas, icons.
  case reported
  /// A person must agree: new abilities and anything a model reads.
  case approval
  /// Callers that worked will fail; a person must agree.
  case breaking

  /// Reported is the least, breaking the most.
  package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .reported: 0
    case .approval: 1
    case .breaking: 2
    }
  }
}

/// The part of a tool that changed.
package enum ToolField: String, Sendable, CaseIterable {
  /// The tool as a whole came or went.
  case tool
  /// The tool's title.
  case title
  /// The tool's description.
  case description
  /// What the tool takes, without text.
  case inputSchema
  /// Descriptions, comments and examples in schemas.
  case freeText
  /// Short titles in the input schema.
  case labels
  /// What the tool gives back, without text.
  case outputSchema
  /// The hints about what the tool does.
  case annotations
  /// Icons, `_meta` and everything else.
  case other
  /// Characters that a person does not see, in whatever field.
  case hidden
}

/// One difference between two tool lists, in a sentence that a person can judge.
package struct ToolChange: Hashable, Sendable {
  /// The tool's name; foreign text.
  package let tool: String
  /// The part that changed.
  package let field: ToolField
  /// How much it matters.
  package let kind: ToolChangeClass
  /// What changed, in one plain sentence fit for a terminal.
  package let sentence: String
  /// The old text, when the change is one of text.
  package let before: String?
  /// The new text, when the change is one of text.
  package let after: String?
  /// How many leaf fields the change sums up.
  package let fields: Int

  /// Creates a change; `sentence` must hold foreign text only as an excerpt.
  package init(
    tool: String, field: ToolField, kind: ToolChangeClass, sentence: String, before: String? = nil,
    after: String? = nil, fields: Int = 1
  ) {
    self.tool = tool
    self.field = field
    self.kind = kind
    self.sentence = sentence
    self.before = before
    self.after = after
    self.fields = fields
  }

  /// True when a person must agree before the release is switched to by itself.
  package var needsApproval: Bool { kind > .reported }
}
