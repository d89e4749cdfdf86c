import StrictJSON

/// How an entry that is not Serin's gets at its program, and what is known about what will run.
package enum Launcher: Hashable, Sendable {
  /// A package that is fetched when it is started: npx, uvx and their relatives.
  case package(runner: String, registry: String, name: String, version: String?)
  /// A container image.
  case image(runner: String, reference: String, digest: String?)
  /// A program that lies on this machine.
  case program(path: String)
  /// A server elsewhere.
  case remote(url: String)
  /// Something else.
  case unknown

  /// Whether the same bytes will run tomorrow, as far as the entry says so.
  package var isPinned: Bool {
    switch self {
    case .package(_, _, _, let version): version.map(Self.isExact) ?? false
    case .image(_, _, let digest): digest != nil
    case .program, .remote, .unknown: false
    }
  }

  /// Why what runs may change without anybody's doing; nil where it is pinned.
  package var looseness: String? {
    switch self {
    case .package(let runner, let registry, let name, let version):
      if isPinned { return nil }
      return version.map { "\(runner) takes whatever \(registry) calls \(name) \($0) at the time" }
        ?? "\(runner) takes whatever \(registry) has newest of \(name)"
    case .image(_, let reference, let digest):
      return digest == nil ? "the image \(reference) is named by a tag, which can be moved" : nil
    case .program(let path): return "whatever lies at \(path) runs"
    case .remote: return "what answers there is up to whoever runs it"
    case .unknown: return "nothing is known about what runs"
    }
  }

  /// A number and nothing that stands for several: no range, no tag.
  private static func isExact(_ version: String) -> Bool {
    version.wholeMatch(of: /v?[0-9]+\.[0-9]+[0-9A-Za-z.+\-]*/) != nil && !version.hasSuffix(".x")
  }

  /// Reads what an entry starts.
  static func of(_ entry: JSON) -> Launcher {
    if let url = (entry["url"] ?? entry["serverUrl"] ?? entry["httpUrl"])?.stringValue { return .remote(url: url) }
    guard let command = entry["command"]?.stringValue ?? entry["command"]?["path"]?.stringValue else { return .unknown }
    let arguments = (entry["args"] ?? entry["command"]?["args"])?.arrayValue?.compactMap(\.stringValue) ?? []
    return of([command] + arguments)
  }

  private static func of(_ words: [String]) -> Launcher {
    guard let first = words.first else { return .unknown }
    let rest = Array(words.dropFirst())
    let name = first.split(separator: "/").last.map(String.init) ?? first
    switch name {
    case "npx", "bunx", "pnpx": return npm(name, rest)
    case "npm" where rest.first == "exec",
      "pnpm" where rest.first == "dlx",
      "yarn" where rest.first == "dlx",
      "bun" where rest.first == "x":
      return npm(name + " " + rest[0], Array(rest.dropFirst()))
    case "uvx": return python(name, rest)
    case "pipx" where rest.first == "run": return python("pipx run", Array(rest.dropFirst()))
    case "uv" where rest.prefix(2) == ["tool", "run"]: return python("uv tool run", Array(rest.dropFirst(2)))
    case "docker" where rest.first == "run",
      "podman" where rest.first == "run":
      return image(name, rest)
    // What only wraps another command says nothing by itself.
    case "env":
      let inner = rest.drop { $0.contains("=") || $0.hasPrefix("-") }
      return of(Array(inner))
    case "cmd" where rest.first?.lowercased() == "/c": return of(Array(rest.dropFirst()))
    default: return .program(path: first)
    }
  }

  private static func npm(_ runner: String, _ words: [String]) -> Launcher {
    var spec: String?
    var index = 0
    while index < words.count, spec == nil {
      let word = words[index]
      if ["-p", "--package"].contains(word), index + 1 < words.count {
        spec = words[index + 1]
      } else if word.hasPrefix("--package=") {
        spec = String(word.dropFirst("--package=".count))
      } else if !word.hasPrefix("-") {
        spec = word
      }
      index += 1
    }
    guard let spec else { return .unknown }
    // The first character may be the @ of a scope.
    let at = spec.dropFirst().lastIndex(of: "@")
    let version = at.map { String(spec[spec.index(after: $0)...]) }
    return .package(
      runner: runner, registry: "npm", name: at.map { String(spec[..<$0]) } ?? spec, version: version)
  }

  private static func python(_ runner: String, _ words: [String]) -> Launcher {
    let withValue: Set<String> = ["--with", "--python", "-p", "--index-url", "--index", "--directory", "--spec"]
    var spec: String?
    var index = 0
    while index < words.count, spec == nil {
      let word = words[index]
      if ["--from", "--spec"].contains(word), index + 1 < words.count {
        spec = words[index + 1]
      } else if word.hasPrefix("--from=") {
        spec = String(word.dropFirst("--from=".count))
      } else if withValue.contains(word) {
        index += 1
      } else if !word.hasPrefix("-") {
        spec = word
      }
      index += 1
    }
    guard let spec else { return .unknown }
    if spec.hasPrefix("git+") || spec.contains("://") {
      return .package(
        runner: runner, registry: "git", name: spec, version: nil)
    }
    let name = spec.prefix { !"@=<>!~[ ".contains($0) }
    let tail = spec.dropFirst(name.count).drop { $0 != "@" && $0 != "=" && $0 != "<" && $0 != ">" && $0 != "~" }
    var version: String?
    if tail.hasPrefix("==") {
      version = String(tail.dropFirst(2))
    } else if tail.hasPrefix("@") {
      version = String(tail.dropFirst())
    } else if !tail.isEmpty {
      version = String(tail)
    }
    return .package(runner: runner, registry: "PyPI", name: String(name), version: version)
  }

  private static func image(_ runner: String, _ words: [String]) -> Launcher {
    let flags: Set<String> = ["-i", "-t", "-it", "--rm", "--init", "--interactive", "--tty", "--privileged", "-d"]
    var index = 1
    while index < words.count {
      let word = words[index]
      guard word.hasPrefix("-") else {
        let digest = word.firstRange(of: "@sha256:").map { String(word[$0.lowerBound...].dropFirst()) }
        return .image(runner: runner, reference: word, digest: digest)
      }
      index += flags.contains(word) || word.contains("=") ? 1 : 2
    }
    return .unknown
  }
}
