import ArgumentParser

@main
struct Bare: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "bare", version: "0.1.0")
}
