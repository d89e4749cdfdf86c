import TUF

/// A client's store in memory.
actor MemoryStore: MetadataStore {
  var files: [MetadataFile: [UInt8]] = [:]

  func load(_ file: MetadataFile) -> [UInt8]? { files[file] }
  func persist(_ file: MetadataFile, _ bytes: [UInt8]) { files[file] = bytes }
  func discard(_ file: MetadataFile) { files[file] = nil }
}
