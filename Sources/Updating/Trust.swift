package import Offline
import Platform
package import Signing
import Storage
package import SystemPackage
import TUF

/// How the first root of a repository is known to be the right one.
package enum RootPin: Hashable, Sendable {
  /// A root file that came another way.
  case file(FilePath)
  /// The digest of the repository's first root, as its owner tells it.
  case fingerprint(SHA256Digest)
}

extension PluginHost {
  /// Trusts a repository from its pinned root on, and refreshes its metadata once to see that it works.
  ///
  /// With an offline bundle no network is asked, and the address is no more than a name until there is one.
  /// Throws ``UpdatingError`` for a bad address or a root that is not the pinned one, and `TUFError` where the
  /// repository does not follow from it; nothing is kept then.
  package func trust(
    _ url: String, pin: RootPin, id: String? = nil, pinnedKeys: [String] = [], from file: OfflineFile? = nil
  ) async throws -> TrustedRepository {
    let url = try Self.checked(url)
    if let file {
      return try await asking(file, instead: url).trust(url, pin: pin, id: id, pinnedKeys: pinnedKeys)
    }
    let id = try id ?? Self.defaultID(url)
    if let known = try repositories.all().first(where: { $0.id == id || $0.url == url }) {
      throw UpdatingError.repositoryExists(id: known.id, url: known.url)
    }
    _ = try folder.repository(id)
    let root = try await root(of: url, pin: pin, pinnedKeys: pinnedKeys)
    let repository = TrustedRepository(
      id: id, url: url, pinnedKeys: pinnedKeys, fingerprint: SHA256Digest.of(root),
      since: machine.clock.now().rfc3339)
    try repositories.add(repository, root: root)
    do {
      var client = try RepositoryClient(repository, in: repositories)
      try await client.refresh()
    } catch {
      try? repositories.remove(id)
      throw error
    }
    return repository
  }

  private func root(of url: String, pin: RootPin, pinnedKeys: [String]) async throws -> [UInt8] {
    let limit = TUFLimits.standard.rootBytes
    switch pin {
    case .file(let path):
      return try machine.files.readAll(path, limit: limit)
    case .fingerprint(let digest):
      let answer = try await machine.transport.fetch(
        TransferRequest(url: url + "/metadata/1.root.json", limit: Int64(limit), pinnedKeys: pinnedKeys))
      let offered = SHA256Digest.of(answer.body)
      guard offered == digest else {
        throw UpdatingError.rootNotPinned(url: url, pinned: digest.hex, offered: offered.hex)
      }
      return answer.body
    }
  }

  /// An address without a slash at its end, of a kind that can be fetched.
  static func checked(_ url: String) throws -> String {
    var text = url
    while text.hasSuffix("/") { text.removeLast() }
    guard text.hasPrefix("https://") || text.hasPrefix("http://") else {
      throw UpdatingError.badURL(url, reason: "it begins with neither https:// nor http://")
    }
    guard text.utf8.count <= 2048, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw UpdatingError.badURL(url, reason: "it is longer than 2048 bytes or has characters that must be encoded")
    }
    guard !text.contains("@"), !text.contains("?"), !text.contains("#") else {
      throw UpdatingError.badURL(url, reason: "user names, queries and fragments have no place in it")
    }
    return text
  }

  /// A folder name made of the address: its host and path, with everything unusual turned into dashes.
  static func defaultID(_ url: String) throws -> String {
    let rest = url.drop { $0 != ":" }.dropFirst(3)
    let letters = rest.lowercased().map { character -> Character in
      character.isASCII && (character.isLetter || character.isNumber || character == ".") ? character : "-"
    }
    let id = String(String(letters).prefix(64))
    guard id.contains(where: { $0.isLetter || $0.isNumber }), !id.hasPrefix(".") else {
      throw UpdatingError.badURL(url, reason: "it names no host")
    }
    return id
  }
}
