using System.Text.RegularExpressions;

namespace CubeActors.Node;

/// <summary>Chooses among addresses by a regular expression; <c>!</c> before it turns it round. Source: CubeFS util/exporter/consul_register.go doFilter.</summary>
internal sealed class AddressFilter
{
    /// <summary>An address is short; an expression that takes longer than this on one is not meant well.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly Regex? _pattern;
    private readonly bool _isTurned;

    private AddressFilter(Regex? pattern, bool isTurned) => (_pattern, _isTurned) = (pattern, isTurned);

    public static AddressFilter All { get; } = new(null, false);

    public static bool TryParse(string text, out AddressFilter filter)
    {
        filter = All;
        if (text.Length == 0) return true;
        try
        {
            var isTurned = text[0] == '!';
            filter = new AddressFilter(new Regex(isTurned ? text[1..] : text, RegexOptions.CultureInvariant, Patience), isTurned);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    public bool Takes(string address)
    {
        if (_pattern is null) return true;
        try
        {
            return _pattern.IsMatch(address) != _isTurned;
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }
}
