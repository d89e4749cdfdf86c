package import Platform
package import Sandbox
package import SystemPackage

/// What rounds in a sandbox have taught about a plugin, and what the next round may grant it.
///
/// Nothing protected and nothing too wide is ever granted; what would be written outside is written to nowhere.
package struct DraftKnowledge: Sendable {
  /// The most places that are granted.
  static let mostGrants = 48
  /// The most names that get an address.
  static let mostNames = 200

  /// What is to be thought of a path.
  enum Judgement: Hashable, Sendable {
    case grant
    case token(String)
    case protected(String)
    case tooWide
    case standard
  }

  /// Places granted for reading while finding out.
  package private(set) var read: [String] = []
  /// Folders of permissions with a name of their own.
  package private(set) var tokens: Set<String> = []
  /// Places outside that it wants to write.
  package private(set) var written: [String] = []
  /// An address of the sandbox itself for each name that it looked up.
  package private(set) var hosts: [String: String] = [:]
  /// Everything that was opened, granted or not.
  private(set) var opened: Set<String> = []
  /// What was only looked at.
  private(set) var lookedAt: Set<String> = []
  /// What is protected, with why.
  private(set) var protectedPaths: [String: String] = [:]
  private(set) var widePaths: Set<String> = []
  private(set) var standardPaths: Set<String> = []
  /// `host:port` as tried.
  private(set) var connections: Set<String> = []
  /// Programs besides its own.
  private(set) var programs: Set<String> = []
  private(set) var decoys: Set<String> = []
  private(set) var calls: Set<String> = []
  private(set) var writesState = false

  private let home: FilePath
  private let protected: [ProtectedPath]
  private let files: any FileSystem

  /// Begins with nothing known.
  package init(home: FilePath, protected: [ProtectedPath], files: any FileSystem) {
    self.home = home
    self.protected = protected
    self.files = files
  }

  /// The user's home folder.
  var homePath: String { home.string }

  /// Takes in what happened; true when the next round can grant more than the last one.
  package mutating func learn(_ events: [SandboxEvent]) -> Bool {
    var isNew = false
    for event in events {
      switch event.kind {
      case .nameLookedUp:
        guard hosts[event.subject] == nil, hosts.count < Self.mostNames else { continue }
        hosts[event.subject] = "127.64.0.\(hosts.count + 1)"
        isNew = true
      case .connectionTried: connections.insert(event.subject)
      case .pathRead: opened.insert(event.subject)
      case .pathLookedAt: lookedAt.insert(event.subject)
      case .pathWritten:
        if event.subject == SandboxPaths.state.string {
          writesState = true
        } else {
          isNew = write(event.subject) || isNew
        }
      case .programRefused: programs.insert(FilePath(event.subject).lastComponent?.string ?? event.subject)
      case .decoyTouched: decoys.insert(event.subject)
      case .callRefused: calls.insert(event.subject)
      case .connectionRefused, .pathRefused, .programStarted, .outOfMemory, .leftBehind: continue
      }
    }
    let all = opened.union(lookedAt)
    for path in all.sorted() where opened.contains(path) || !all.contains(where: { Self.lies($0, below: path) }) {
      isNew = grant(path) || isNew
    }
    return isNew
  }

  private mutating func grant(_ path: String) -> Bool {
    switch judge(path) {
    case .grant:
      guard read.count < Self.mostGrants, !isCovered(path, by: read + written) else { return false }
      read.append(path)
      return true
    case .token(let token): return tokens.insert(token).inserted
    case .protected(let what): protectedPaths[path] = what
    case .tooWide: widePaths.insert(path)
    case .standard: standardPaths.insert(path)
    }
    return false
  }

  /// What is there is written itself; what is to be made, in the folder that would hold it.
  private mutating func write(_ path: String) -> Bool {
    let isThere = (try? files.status(FilePath(path))) != nil
    let place = isThere ? path : FilePath(path).removingLastComponent().string
    switch judge(place, writing: true) {
    case .protected(let what): protectedPaths[place] = what
    case .tooWide: widePaths.insert(place)
    case .standard, .token: standardPaths.insert(place)
    case .grant:
      guard written.count < Self.mostGrants, !isCovered(place, by: written) else { return false }
      written.append(place)
      return true
    }
    return false
  }

  func judge(_ path: String, writing: Bool = false) -> Judgement {
    if let token = DraftPlaces.token(of: path) { return .token(token) }
    let isStandard = DraftPlaces.isStandard(path)
    if isStandard { return .standard }
    for rule in protected where writing || !rule.isReadable {
      let covered = rule.path.string
      if path == covered || Self.lies(path, below: covered) { return .protected(rule.what) }
      // Whoever may write around a protected path could put another one in its place.
      if writing, Self.lies(covered, below: path) { return .tooWide }
    }
    let parts = FilePath(path).components.count
    return parts < 2 || path == home.string || Self.lies(home.string, below: path) ? .tooWide : .grant
  }

  private func isCovered(_ path: String, by grants: [String]) -> Bool {
    grants.contains { path == $0 || Self.lies(path, below: $0) }
  }

  /// Whether a path lies below a folder.
  static func lies(_ path: String, below folder: String) -> Bool {
    folder == "/" ? path != "/" : path.utf8.starts(with: (folder + "/").utf8)
  }
}

/// What every machine has, and what programs look for without needing it.
enum DraftPlaces {
  /// The folder of permissions that a path belongs to.
  static func token(of path: String) -> String? {
    for (token, places) in tokens {
      if places.contains(where: { path == $0 || DraftKnowledge.lies(path, below: $0) }) { return token }
    }
    return nil
  }

  /// Whether C libraries and interpreters look for this wherever they run and do without it.
  static func isStandard(_ path: String) -> Bool {
    files.contains(path) || folders.contains { path == $0 || DraftKnowledge.lies(path, below: $0) }
  }

  private static let tokens: [(String, [String])] = [
    (
      "@certs",
      [
        "/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted",
        "/etc/ca-certificates/extracted", "/etc/pki/tls/cert.pem",
      ]
    ), ("@timezone", ["/etc/localtime", "/etc/timezone"]), ("@fonts", ["/etc/fonts"]),
  ]

  private static let folders = ["/sys", "/proc", "/dev", "/run", "/var/run"]

  private static let files: Set<String> = [
    "/etc/resolv.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols", "/etc/mime.types",
    "/etc/ld.so.preload", "/etc/os-release", "/etc/lsb-release", "/etc/debian_version", "/etc/inputrc", "/etc/shells",
    "/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf", "/etc/locale.alias", "/etc/ld.so.conf", "/etc", "/etc/ssl",
    "/etc/pki", "/etc/pki/tls", "/var", "/home", "/root", "/opt", "/srv", "/mnt", "/media",
  ]
}
