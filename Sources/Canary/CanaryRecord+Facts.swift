extension CanaryRecord {
  /// A record of facts that were not observed by a run: of a simulation, say.
  package init(
    probes: Int, starts: Int = 1, coldStarts: Int = 1, cleanStops: Int = 1, blocks: [CanaryBlock] = [],
    events: [CanaryEvent] = []
  ) {
    self.init()
    self.probes = probes
    self.starts = starts
    self.coldStarts = coldStarts
    self.cleanStops = cleanStops
    self.blocks = blocks
    self.events = events
  }
}
