import FoundationEssentials
import Platform
import Signing

/// The read-only page for people: which channel offers what, and how long the roles may be believed.
struct OverviewPage: Sendable {
  let roles: [RoleStatus]
  let plugins: [PluginListing]
  let now: Instant

  /// The whole page.
  var html: String {
    let body: HTML = """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Serin repository</title><style>\(Self.style)</style></head><body>
      <h1>Serin repository</h1>
      <p>\(plugins.count) plugins, as of \(now.rfc3339).
      Hosts verify everything themselves; this page proves nothing.</p>
      <h2>Plugins</h2>
      \(pluginTable)
      <h2>Roles</h2>
      \(roleTable)
      </body></html>

      """
    return body.markup
  }

  /// Only the page's own style may be applied; no script, no frame, no form, nothing from elsewhere.
  static let contentSecurityPolicy =
    "default-src 'none'; style-src 'sha256-\(styleDigest)'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  private static let styleDigest = Data(SHA256Digest.of(Array(style.markup.utf8)).bytes).base64EncodedString()

  private static let style: HTML = """
    body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#222;background:#fff}
    table{border-collapse:collapse;width:100%}
    th,td{text-align:left;vertical-align:top;padding:.4rem .8rem;border-bottom:1px solid #ccc}
    code{font-family:ui-monospace,monospace}.notes{white-space:pre-wrap;color:#555;font-size:.875rem}
    .mark{border:1px solid #996;border-radius:.2rem;padding:0 .3rem;font-size:.8rem}.bad{color:#a00;font-weight:bold}
    @media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}
    th,td{border-color:#444}.notes{color:#aaa}.bad{color:#f77}}
    """

  // MARK: - Plugins

  /// The channels in the order in which the repository's roles name them.
  private var channels: [String] {
    var seen: Set<String> = []
    let order = Dictionary(roles.enumerated().map { ($1.name, $0) }) { first, _ in first }
    return plugins.flatMap { $0.channels.map(\.channel) }.filter { seen.insert($0).inserted }
      .sorted { (order[$0] ?? Int.max, $0) < (order[$1] ?? Int.max, $1) }
  }

  private var pluginTable: HTML {
    guard !plugins.isEmpty else { return "<p>Nothing is published yet.</p>" }
    let channels = channels
    let heads = HTML(channels.map { "<th scope=\"col\">\($0)</th>" as HTML })
    let rows = HTML(plugins.map { row($0, channels: channels) })
    return "<table><thead><tr><th scope=\"col\">plugin</th>\(heads)</tr></thead><tbody>\n\(rows)</tbody></table>"
  }

  private func row(_ plugin: PluginListing, channels: [String]) -> HTML {
    let cells = HTML(
      channels.map { name in
        plugin.channels.first { $0.channel == name }.map(Self.cell) ?? "<td>–</td>"
      })
    return "<tr><th scope=\"row\"><code>\(plugin.plugin)</code></th>\(cells)</tr>\n"
  }

  private static func cell(_ listing: ChannelListing) -> HTML {
    var parts: [HTML] = ["<strong>\(listing.version)</strong>"]
    if listing.isSecurity { parts.append(" <span class=\"mark\">security</span>") }
    if listing.isPaused { parts.append(" <span class=\"mark\">paused</span>") }
    if let percent = listing.rolloutPercent, percent < 100 {
      parts.append(" <span class=\"mark\">\(percent) % of hosts</span>")
    }
    parts.append("<br>sequence \(listing.sequence), \(listing.published)")
    if !listing.platforms.isEmpty { parts.append("<br>\(listing.platforms.joined(separator: ", "))") }
    if !listing.yanked.isEmpty { parts.append("<br>yanked: \(listing.yanked.joined(separator: ", "))") }
    if let notes = listing.notes { parts.append("<div class=\"notes\">\(notes)</div>") }
    return "<td>\(HTML(parts))</td>"
  }

  // MARK: - Roles

  private var roleTable: HTML {
    let rows = HTML(
      roles.map { role in
        let left = Self.remaining(now.duration(to: role.expires))
        return """
          <tr><th scope="row"><code>\(role.name)</code></th><td>\(role.version)</td><td>\(role.expires.rfc3339)</td>\
          <td>\(left)</td></tr>

          """ as HTML
      })
    return """
      <table><thead><tr><th scope="col">role</th><th scope="col">version</th><th scope="col">expires</th>\
      <th scope="col">remaining</th></tr></thead><tbody>
      \(rows)</tbody></table>
      """
  }

  private static func remaining(_ duration: Duration) -> HTML {
    let seconds = duration.components.seconds
    guard seconds > 0 else { return "<span class=\"bad\">expired</span>" }
    if seconds >= 2 * 86_400 { return "\(seconds / 86_400) days" }
    if seconds >= 2 * 3600 { return "\(seconds / 3600) hours" }
    return "\(seconds / 60) minutes"
  }
}
