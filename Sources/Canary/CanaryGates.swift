package import Releases
package import StrictJSON

/// What a release must keep to while it is watched.
package struct CanaryGates: Equatable, Sendable {
  /// Time from the start of the process to the end of the handshake.
  package var start: Duration
  /// Time for one answer.
  package var call: Duration
  /// Time to leave after its input ended.
  package var stop: Duration
  /// Memory in bytes that it may use, nil when nothing limits it.
  package var memory: Int64?
  /// Observed time that a pass needs.
  package var required: Duration
  /// Probes that a pass needs.
  package var minimumProbes: Int

  /// True when a pass needs a cold start; a mere glance, which asks for no observed time, is one already.
  package var needsColdStart: Bool { required > .zero }

  /// Creates gates; the times default to 30 s, 60 s and 5 s.
  package init(
    required: Duration, minimumProbes: Int, start: Duration = .seconds(30), call: Duration = .seconds(60),
    stop: Duration = .seconds(5), memory: Int64? = nil
  ) {
    self.start = start
    self.call = call
    self.stop = stop
    self.memory = memory
    self.required = required
    self.minimumProbes = minimumProbes
  }
}

/// A call that the publisher declares to be read-only and always possible.
package struct ToolCallProbe: Equatable, Sendable {
  /// The tool's name.
  package let tool: String
  /// What it is called with.
  package let arguments: JSON.Object

  /// Declares a sample call.
  package init(tool: String, arguments: JSON.Object) {
    self.tool = tool
    self.arguments = arguments
  }

  /// Takes a call as a manifest declares it.
  package init(_ call: SampleCall) { self.init(tool: call.tool, arguments: call.arguments) }
}
