package import Releases

/// Something that an agent does or finds, in a sentence for its log.
package struct AgentNews: Hashable, Sendable {
  /// How much it matters.
  package enum Weight: String, Hashable, Sendable {
    /// Only for whoever wants to know everything.
    case detail
    /// Worth a line.
    case news
    /// Somebody should look at it.
    case warning
  }

  /// How much it matters.
  package let weight: Weight
  /// Whom it is about; nil for the host as a whole.
  package let plugin: PluginName?
  /// The sentence.
  package let sentence: String

  init(_ weight: Weight, _ plugin: PluginName? = nil, _ sentence: String) {
    self.weight = weight
    self.plugin = plugin
    self.sentence = sentence
  }
}
