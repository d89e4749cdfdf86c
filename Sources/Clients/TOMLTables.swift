import StrictJSON

/// What a TOML file says, and which of its tables may still be added to.
///
/// TOML 1.0.0, "Table": no table is defined twice, and what was written inline or with dots is closed for heads.
struct TOMLTables {
  private final class Table {
    enum Kind {
      /// Only named as the way to another one.
      case implicit
      /// Has a head.
      case headed
      /// Made by a key with dots.
      case dotted
    }
    var kind: Kind
    var keys: [String] = []
    var values: [ExactString: Node] = [:]
    init(_ kind: Kind) { self.kind = kind }
  }

  private enum Node {
    case value(JSON)
    case table(Table)
    case tables([Table])
  }

  private let root = Table(.headed)
  private var current: Table

  init() { current = root }

  /// Everything that was said.
  var content: JSON.Object { Self.content(root) }

  /// Begins the table of a head.
  mutating func open(_ path: [String], isArray: Bool, at offset: Int) throws(TOMLFault) {
    var table = root
    for key in path.dropLast() {
      switch table.values[ExactString(key)] {
      case nil: table = Self.add(key, .implicit, to: table)
      case .table(let next): table = next
      case .tables(let list):
        guard let last = list.last else { throw TOMLFault(offset: offset, reason: "\(key) is empty") }
        table = last
      case .value: throw TOMLFault(offset: offset, reason: "\(key) is a value already")
      }
    }
    guard let key = path.last else { throw TOMLFault(offset: offset, reason: "a head without a name") }
    switch table.values[ExactString(key)] {
    case nil:
      if isArray {
        let first = Table(.headed)
        table.keys.append(key)
        table.values[ExactString(key)] = .tables([first])
        current = first
      } else {
        current = Self.add(key, .headed, to: table)
      }
    case .table(let found) where !isArray && found.kind == .implicit:
      found.kind = .headed
      current = found
    case .tables(let list) where isArray:
      let next = Table(.headed)
      table.values[ExactString(key)] = .tables(list + [next])
      current = next
    default: throw TOMLFault(offset: offset, reason: "\(key) is defined twice")
    }
  }

  /// Sets a value in the table that was begun last.
  mutating func set(_ path: [String], to value: JSON, at offset: Int) throws(TOMLFault) {
    var table = current
    for key in path.dropLast() {
      switch table.values[ExactString(key)] {
      case nil: table = Self.add(key, .dotted, to: table)
      case .table(let next) where next.kind == .dotted: table = next
      case .table(let next) where next.kind == .implicit:
        // Named by a head before, and now by dots: allowed while it has no head of its own.
        table = next
      default: throw TOMLFault(offset: offset, reason: "\(key) cannot be added to")
      }
    }
    guard let key = path.last, table.values[ExactString(key)] == nil else {
      throw TOMLFault(offset: offset, reason: "\(path.last ?? "a key") is defined twice")
    }
    table.keys.append(key)
    table.values[ExactString(key)] = .value(value)
  }

  private static func add(_ key: String, _ kind: Table.Kind, to table: Table) -> Table {
    let new = Table(kind)
    table.keys.append(key)
    table.values[ExactString(key)] = .table(new)
    return new
  }

  private static func content(_ table: Table) -> JSON.Object {
    var object = JSON.Object()
    for key in table.keys {
      switch table.values[ExactString(key)] {
      case .value(let value): object[key] = value
      case .table(let next): object[key] = .object(content(next))
      case .tables(let list): object[key] = .array(list.map { .object(content($0)) })
      case nil: break
      }
    }
    return object
  }
}
