import ArgumentParser
import Platform
import Releases
import Signing
import Storage
import StrictJSON
import SystemPackage
import Updating

/// The command `serin secret set NAME KEY`.
struct SecretSetCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Set a secret of a plugin.",
    discussion: HelpText.make(
      """
      Asks for the value without showing it; scripts hand it over in a file or a file descriptor, whose line break at \
      the end does not count. A value is never an argument, which every process of the machine could read. A plugin \
      that is not installed yet is named in full.
      """,
      examples: ["serin secret set weather token", "serin secret set weather token --value-file token.txt"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  @Argument(help: "The key of the setting, or the name of the variable.")
  var key: String

  @Option(help: ArgumentHelp("Read the value from this open file descriptor.", valueName: "number"))
  var valueFd: Int?

  @Option(help: ArgumentHelp("Read the value from this file.", valueName: "file"))
  var valueFile: String?

  mutating func validate() throws {
    if valueFd != nil && valueFile != nil { throw ValidationError("--value-fd and --value-file exclude each other.") }
    if let valueFd, !(0...1023).contains(valueFd) { throw ValidationError("--value-fd must be 0 to 1023.") }
  }

  func perform(_ session: Session) async throws -> SecretSetOutput {
    let host = try PluginHost.open(host, session)
    let plugin = try host.namedPlugin(name)
    var typed = try value(session)
    let value = try SecretBytes(copying: &typed)
    let record = try await host.setSecret(key, of: plugin, to: value)
    if record.store == .file {
      session.console.warning("the secret lies in a file of this host, because the setting secret-store says so")
    }
    return SecretSetOutput(record: record)
  }

  private func value(_ session: Session) throws -> [UInt8] {
    let limit = UserConfigOption.maxValue
    do throws(PassphraseError) {
      if let valueFd { return try PassphraseReader.readWhole(descriptor: Int32(valueFd), limit: limit) }
      if let valueFile { return try PassphraseReader.readWhole(file: FilePath(valueFile), limit: limit) }
      return try PassphraseReader.ask("\(key) (not shown): ", limit: limit)
    } catch {
      switch error {
      case .noTerminal:
        throw SecretError.badValue(
          key: key, reason: "there is no terminal to type it at, and neither --value-file nor --value-fd was given")
      case .cancelled: throw SecretError.badValue(key: key, reason: "nothing was typed")
      case .tooLong(let limit): throw SecretError.badValue(key: key, reason: "it is longer than \(limit) bytes")
      case .empty: throw SecretError.badValue(key: key, reason: "it is empty")
      case .file(let error): throw error
      }
    }
  }
}

extension PluginHost {
  /// An installed plugin by its full or short name, or any other by its full one.
  func namedPlugin(_ name: String) throws -> PluginName {
    do { return try plugin(named: name).plugin } catch UpdatingError.notInstalled {
      guard let full = try? PluginName(name) else { throw UpdatingError.notInstalled(plugin: name) }
      return full
    }
  }
}

/// A secret that was set; never its value.
struct SecretSetOutput: CommandOutput {
  static let schema = "serin.secret.set.1"
  let record: SecretRecord

  var json: JSON.Object {
    [
      "plugin": .string(record.plugin.text), "key": .string(record.key), "store": .string(record.store.rawValue),
      "time": .string(record.time.rfc3339),
    ]
  }

  var text: [TextLine] { [.good("\(record.key) of \(record.plugin) is kept in \(record.store.words)")] }
}
