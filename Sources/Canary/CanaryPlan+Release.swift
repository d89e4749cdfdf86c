package import Releases

extension CanaryPlan {
  /// A plan to observe a release within the limits that its own manifest names.
  ///
  /// - Parameters:
  ///   - required: the observed time that is asked for; with zero, one start and one tool list are all.
  ///   - policy: the observed time that the policy asks for.
  ///   - probes: the probes that the policy asks for in that time.
  package init(
    observing manifest: BundleManifest, required: Duration, policy: Duration, probes: Int,
    baseline: CanaryBaseline? = nil
  ) {
    let limits = manifest.permissions.limits
    let minimum =
      required == .zero ? 1 : CanaryPlan.minimumProbes(for: required, policy: policy, probes: probes)
    self.init(
      plugin: manifest.plugin, version: manifest.version, platform: manifest.platform, tree: manifest.tree,
      gates: CanaryGates(
        required: required, minimumProbes: minimum, start: limits.start.duration, call: limits.call.duration,
        memory: limits.memory.bytes),
      policyRequired: policy, baseline: baseline,
      calls: manifest.probes.map(ToolCallProbe.init))
  }
}
