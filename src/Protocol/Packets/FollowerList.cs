using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text;

namespace CubeActors.Protocol;

/// <summary>The Arg of a packet that goes through the append chain: the followers' addresses, each ended by a slash.</summary>
/// <remarks>Source: CubeFS datanode/repl/packet.go resolveFollowersAddr; addresses are <c>ip:port</c>, IPv4 only.</remarks>
public static class FollowerList
{
    private const byte Separator = (byte)'/';

    /// <summary>Splits at the slashes and drops the last element, whatever it is: "" and "F" name nobody.</summary>
    /// <param name="addresses">"/" names one empty address: whoever dials it fails, as it must if it is told to forward.</param>
    /// <returns>False for more than <paramref name="followersMax"/> addresses, or one that is not IPv4 and port.</returns>
    public static bool TryParse(ReadOnlySpan<byte> arg, int followersMax, out ImmutableArray<string> addresses)
    {
        addresses = [];
        var count = arg.Count(Separator);
        if (count > followersMax) return false;
        if (count == 0) return true;
        if (arg is [Separator, ..] && count == 1)
        {
            addresses = [""];
            return true;
        }
        var builder = ImmutableArray.CreateBuilder<string>(count);
        for (var i = 0; i < count; i++)
        {
            var end = arg.IndexOf(Separator);
            if (!IsAddress(arg[..end])) return false;
            builder.Add(Encoding.ASCII.GetString(arg[..end]));
            arg = arg[(end + 1)..];
        }
        addresses = builder.MoveToImmutable();
        return true;
    }

    /// <summary>Every address with its slash; no address at all is a single slash, as a partition with one replica sends it.</summary>
    public static byte[] Format(IEnumerable<string> addresses)
    {
        var text = string.Concat(addresses.Select(address => address + "/"));
        return Encoding.ASCII.GetBytes(text.Length == 0 ? "/" : text);
    }

    // Strict, because the addresses of a stranger will be dialled: four numbers up to 255, a colon, a port from 1.
    private static bool IsAddress(ReadOnlySpan<byte> text)
    {
        for (var part = 0; part < 4; part++)
        {
            if (!TakeNumber(ref text, byte.MaxValue, out _)) return false;
            if (text.IsEmpty || text[0] != (part < 3 ? (byte)'.' : (byte)':')) return false;
            text = text[1..];
        }
        return TakeNumber(ref text, ushort.MaxValue, out var port) && port > 0 && text.IsEmpty;
    }

    private static bool TakeNumber(ref ReadOnlySpan<byte> text, uint max, out uint number)
    {
        number = 0;
        if (text.IsEmpty || !char.IsAsciiDigit((char)text[0]) // the parser would take a sign
            || !Utf8Parser.TryParse(text, out number, out var digits) || digits > 5 || number > max) return false;
        text = text[digits..];
        return true;
    }
}

/// <summary>Remembers the last Arg and its addresses: one client connection sends the same list with every packet.</summary>
/// <remarks>One owner. Allocates only when the list changes.</remarks>
public sealed class FollowerListCache(int followersMax)
{
    private byte[] _arg = [];
    private ImmutableArray<string> _addresses = [];

    /// <inheritdoc cref="FollowerList.TryParse"/>
    public bool TryParse(ReadOnlySpan<byte> arg, out ImmutableArray<string> addresses)
    {
        addresses = _addresses;
        if (arg.SequenceEqual(_arg)) return true;
        if (!FollowerList.TryParse(arg, followersMax, out addresses)) return false;
        _arg = arg.ToArray();
        _addresses = addresses;
        return true;
    }
}
