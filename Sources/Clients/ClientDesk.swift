package import Platform
package import StrictJSON
package import SystemPackage

/// Where clients' files are looked at and edited: a machine, and the places on it.
package struct ClientDesk: Sendable {
  /// Files, clock and processes.
  package let machine: Machine
  /// Which client keeps what where.
  package let places: ClientPlaces

  /// Makes a desk.
  package init(machine: Machine, places: ClientPlaces) {
    self.machine = machine
    self.places = places
  }

  var files: any FileSystem { machine.files }

  /// The file in which a client looks.
  /// - Throws: `.noSuchScope`.
  package func file(of client: AIClient, _ scope: AIClient.Scope) throws(ClientError) -> FilePath {
    guard let path = places.file(of: client, scope) else {
      throw .noSuchScope(
        client: client.title, scope: scope.rawValue, known: client.scopes.map(\.rawValue))
    }
    return path
  }

  /// Reads a client's file and what it says.
  func open(_ path: FilePath, of client: AIClient) throws(ClientError) -> (ConfigurationFile, ConfigurationText) {
    let file = try ConfigurationFile.read(path, files)
    return (file, try ConfigurationText(file, of: client))
  }

  /// The entries that a client has: by name, with what they start; none where there is no file.
  package func entries(of client: AIClient, at path: FilePath) throws(ClientError) -> JSON.Object {
    try open(path, of: client).1.list()
  }
}

/// What is to be connected, or to be taken away again.
package struct ConnectionRequest: Hashable, Sendable {
  /// The client.
  package var client: AIClient
  /// For whom.
  package var scope: AIClient.Scope
  /// The name of the entry.
  package var key: String
  /// The plugin's full name.
  package var plugin: String
  /// Whether an entry of this name that starts something else is written over.
  package var replaces: Bool
  /// Whether the file is edited even where the client has a command of its own.
  package var editsFile: Bool

  /// Makes a request.
  package init(
    client: AIClient, scope: AIClient.Scope, key: String, plugin: String, replaces: Bool = false,
    editsFile: Bool = false
  ) {
    self.client = client
    self.scope = scope
    self.key = key
    self.plugin = plugin
    self.replaces = replaces
    self.editsFile = editsFile
  }
}
