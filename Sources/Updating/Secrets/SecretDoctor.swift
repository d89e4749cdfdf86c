import Platform
import Releases
import Storage

extension PluginHost {
  /// Where new secrets would be kept, and whether those that were set are still there.
  func examineSecrets(_ findings: inout [HealthFinding]) async throws {
    let records = try ledger.secrets()
    let vault = try vault()
    do {
      let store = try await vault.store()
      let sentence =
        switch store {
        case .secretService: "secrets are kept in the Secret Service of your session"
        case .keyring: "secrets are kept in the kernel's keyring, which forgets when the machine starts again"
        case .file: "secrets are kept in a file of this host, because the setting secret-store says so"
        }
      findings.append(HealthFinding(store == .file ? .warning : .fine, code: "secret-store", sentence))
    } catch {
      findings.append(HealthFinding(.warning, code: "no-secret-store", "\(error)"))
    }
    for record in records {
      var reason: String?
      do {
        if try await vault.value(of: record) == nil { reason = "\(record.store.words) does not have it any more" }
      } catch {
        reason = "\(error)"
      }
      guard let reason else { continue }
      findings.append(
        HealthFinding(
          .problem, code: "secret-lost",
          "\(record.plugin) does not start: its secret \(record.key) cannot be read, \(reason)",
          command: "serin secret set \(record.plugin.name) \(record.key)"))
    }
    for install in try ledger.installs() {
      guard let manifest = try? installed(install.plugin).manifest else { continue }
      let plain = try ledger.userConfig(of: install.plugin).filter { record in
        record.isSensitive || manifest.userConfig.contains { $0.key == record.key && $0.sensitive }
      }
      for record in plain {
        findings.append(
          HealthFinding(
            .warning, code: "secret-in-file",
            "the secret \(record.key) of \(install.plugin) still lies in a file of this host",
            command: "serin secret set \(install.plugin.name) \(record.key)"))
      }
    }
  }
}
