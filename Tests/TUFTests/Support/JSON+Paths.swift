import StrictJSON

extension JSON {
  /// Every value within this one, by its path of keys and places.
  var paths: [[JSON]] { paths(below: []) }

  private func paths(below path: [JSON]) -> [[JSON]] {
    switch self {
    case .object(let object):
      [path] + object.members.flatMap { $0.value.paths(below: path + [.string($0.key)]) }
    case .array(let values):
      [path] + values.enumerated().flatMap { $0.element.paths(below: path + [.int($0.offset)]) }
    default: [path]
    }
  }

  /// The same with another value at a path; nil removes it.
  func replacing(at path: ArraySlice<JSON>, with new: JSON?) -> JSON? {
    guard let step = path.first else { return new }
    switch self {
    case .object(var object):
      guard let key = step.stringValue, let old = object[key] else { return self }
      object[key] = old.replacing(at: path.dropFirst(), with: new)
      return .object(object)
    case .array(var values):
      guard let place = step.intValue, values.indices.contains(place) else { return self }
      if let replaced = values[place].replacing(at: path.dropFirst(), with: new) {
        values[place] = replaced
      } else {
        values.remove(at: place)
      }
      return .array(values)
    default: return self
    }
  }

  /// The value at a path.
  func value(at path: ArraySlice<JSON>) -> JSON? {
    guard let step = path.first else { return self }
    if let key = step.stringValue { return self[key]?.value(at: path.dropFirst()) }
    guard let place = step.intValue, let values = arrayValue, values.indices.contains(place) else { return nil }
    return values[place].value(at: path.dropFirst())
  }
}
