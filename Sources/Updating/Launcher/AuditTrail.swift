package import Platform
package import Releases
package import Storage

/// One plugin's audit log, checked.
package struct AuditCheck: Sendable {
  /// The plugin.
  package let plugin: PluginName
  /// What was found.
  package let found: AuditLog.Verification
}

/// Which records of the audit logs are wanted.
package struct AuditFilter: Sendable {
  /// Only those of this time or later.
  package var since: Instant?
  /// Only calls of this tool, prompt or resource.
  package var tool: String?
  /// Only calls that came to this.
  package var outcome: CallOutcome?

  /// Every record.
  package init(since: Instant? = nil, tool: String? = nil, outcome: CallOutcome? = nil) {
    self.since = since
    self.tool = tool
    self.outcome = outcome
  }

  /// Whether a record is among them.
  package func wants(_ record: AuditRecord) -> Bool {
    if let since, record.time < since { return false }
    guard case .call(let call) = record.content else { return tool == nil && outcome == nil }
    return (tool == nil || call.name == tool) && (outcome == nil || call.outcome == outcome)
  }
}

extension PluginHost {
  /// The plugins whose audit logs are looked at: the one that is named, else every one that has or had one.
  ///
  /// One that was removed may still have a log; its full name is needed then.
  package func auditedPlugins(_ name: String?) throws -> [PluginName] {
    if let name {
      if let full = try? PluginName(name), try folder.plugin(full).exists() { return [full] }
      return [try plugin(named: name).plugin]
    }
    let here = try folder.plugins().filter { try AuditLog($0).exists() }.map(\.name)
    return Set(here + (try ledger.auditHeads().map(\.plugin))).sorted()
  }

  /// The newest records of some plugins, newest first.
  package func auditRecords(of plugins: [PluginName], _ filter: AuditFilter, limit: Int) throws -> [AuditRecord] {
    var found: [AuditRecord] = []
    for plugin in plugins {
      var own: [AuditRecord] = []
      try AuditLog(folder.plugin(plugin)).forEach { record, _ in
        guard filter.wants(record) else { return true }
        own.append(record)
        if own.count >= 2 * limit { own.removeFirst(own.count - limit) }
        return true
      }
      found += own.suffix(limit)
    }
    let sorted = found.enumerated().sorted { one, other in
      one.element.time == other.element.time ? one.offset > other.offset : one.element.time > other.element.time
    }
    return sorted.prefix(limit).map(\.element)
  }

  /// Calls a closure with every line of some plugins' logs, oldest first.
  package func forEachAuditLine(of plugins: [PluginName], _ body: ([UInt8]) throws -> Void) throws {
    for plugin in plugins {
      var failure: (any Error)?
      try AuditLog(folder.plugin(plugin)).forEach { _, line in
        do { try body(line) } catch { failure = error }
        return failure == nil
      }
      if let failure { throw failure }
    }
  }

  /// Checks the chain of a plugin's audit log, against what the ledger knows of it as well.
  package func checkAudit(of plugin: PluginName) throws -> AuditCheck {
    let known = try ledger.auditHeads().filter { $0.plugin == plugin }.map(\.head)
    let log = AuditLog(try folder.plugin(plugin))
    var found = try log.verify(known: known)
    // A session may have moved the files on in the middle of the look: a fault is there the second time as well.
    if found.fault != nil { found = try log.verify(known: known) }
    return AuditCheck(plugin: plugin, found: found)
  }

  /// Notes in the ledger how far every audit log goes, so that one that is cut short later is missed.
  ///
  /// A log that does not hold any more what was noted before is left as it is noted; returns those plugins. One that
  /// ends where it was noted to end is not read again: that costs as much as its length.
  func noteAuditHeads() throws -> [AuditCheck] {
    var broken: [AuditCheck] = []
    let noted = try ledger.auditHeads()
    for plugin in try auditedPlugins(nil) {
      let log = AuditLog(try folder.plugin(plugin))
      if let last = noted.first(where: { $0.plugin == plugin })?.head, try log.ends(with: last) { continue }
      let check = try checkAudit(of: plugin)
      if check.found.fault != nil {
        broken.append(check)
      } else if let last = check.found.last {
        try ledger.note(last, of: plugin, at: machine.clock.now())
      }
    }
    return broken
  }
}
