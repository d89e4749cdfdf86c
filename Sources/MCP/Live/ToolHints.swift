package import StrictJSON

/// What a tool says of itself in its annotations, as far as a confirmation needs it; self-reported, never proven.
package struct ToolHints: Hashable, Sendable {
  /// Whether it says in so many words that it may destroy something.
  package var isDestructive: Bool
  /// Whether it says in so many words that it only reads.
  package var onlyReads: Bool

  /// Reads the annotations of a tool.
  ///
  /// The specification takes a tool for destructive that says nothing at all; most tools say nothing, so that only
  /// what is said counts here.
  package init(_ tool: JSON) {
    isDestructive = tool["annotations"]?["destructiveHint"]?.boolValue ?? false
    onlyReads = (tool["annotations"]?["readOnlyHint"]?.boolValue ?? false) && !isDestructive
  }

  /// The more careful of two descriptions.
  func careful(_ other: ToolHints?) -> ToolHints {
    guard let other else { return self }
    var both = self
    both.isDestructive = isDestructive || other.isDestructive
    both.onlyReads = onlyReads && other.onlyReads
    return both
  }
}
