using CubeActors.Runtime;

namespace CubeActors.Protocol;

/// <summary>What to do with a frame, and with the payload behind it.</summary>
public enum SmuxAction
{
    /// <summary>Nothing; skip the payload.</summary>
    Ignore,
    /// <summary>A new stream: start serving it.</summary>
    Open,
    /// <summary>Too many streams, or a peer that may not open any: answer <see cref="SmuxCommand.End"/> for its id.</summary>
    Refuse,
    /// <summary>The payload belongs to the stream; <see cref="SmuxSession.Read"/> tells when it was consumed.</summary>
    Deliver,
    /// <summary>The peer sends no more on the stream: end of file behind what was delivered.</summary>
    EndOfStream,
}

/// <summary>What the passing of time asks of a session.</summary>
public enum SmuxDue { Nothing, SendKeepAlive, Close }

/// <summary>The bookkeeping of one smux session: which streams are open, how much is unread, who was silent how long. Pure.</summary>
/// <remarks>
/// Invariants: unread bytes are the sum over the open streams and never negative; no more than
/// <see cref="SmuxSettings.StreamsMax"/> streams are open. One owner. Time is any clock that only moves forward.
/// </remarks>
public sealed class SmuxSession(bool isServer, SmuxSettings settings, TimeSpan now)
{
    private sealed class Stream
    {
        public long UnreadBytes;
        public bool PeerEnded;
    }

    private readonly Dictionary<uint, Stream> _streams = [];
    private TimeSpan _heardAt = now;
    private TimeSpan _keptAliveAt = now;
    private uint _lastOpened = 1; // the first id is 3, then every odd one

    public int OpenStreams => _streams.Count;
    public long UnreadBytes { get; private set; }
    /// <summary>While false the connection is not read: there is no window a stream, TCP holds the peer back.</summary>
    public bool MayReceive => UnreadBytes <= settings.UnreadBytesMax;

    /// <summary>Takes note of a frame whose header was read.</summary>
    public SmuxAction Receive(in SmuxFrame frame, TimeSpan now)
    {
        _heardAt = now;
        var known = _streams.TryGetValue(frame.StreamId, out var stream);
        switch (frame.Command)
        {
            case SmuxCommand.Open when known: return SmuxAction.Ignore;
            case SmuxCommand.Open when !isServer || _streams.Count >= settings.StreamsMax: return SmuxAction.Refuse;
            case SmuxCommand.Open:
                _streams.Add(frame.StreamId, new Stream());
                return SmuxAction.Open;
            // Data behind an end is against the protocol, but no reason to drop the other streams.
            case SmuxCommand.Push when known && !stream!.PeerEnded && frame.PayloadBytes > 0:
                stream.UnreadBytes += frame.PayloadBytes;
                UnreadBytes += frame.PayloadBytes;
                return SmuxAction.Deliver;
            case SmuxCommand.End when known && !stream!.PeerEnded:
                stream.PeerEnded = true;
                return SmuxAction.EndOfStream;
            default: return SmuxAction.Ignore; // streams closed here meanwhile, keep-alives
        }
    }

    /// <summary>The stream's reader consumed bytes. After <see cref="Close"/> it changes nothing: closing gave them back.</summary>
    public void Read(uint streamId, int bytes)
    {
        if (!_streams.TryGetValue(streamId, out var stream)) return;
        Invariant.Check(bytes >= 0 && bytes <= stream.UnreadBytes);
        stream.UnreadBytes -= bytes;
        UnreadBytes -= bytes;
    }

    /// <summary>Opens a stream of our own, if this end is the client and none too many are open; send <see cref="SmuxCommand.Open"/> for it.</summary>
    public bool TryOpen(out uint streamId)
    {
        streamId = 0;
        if (isServer || _streams.Count >= settings.StreamsMax || _lastOpened > uint.MaxValue - 2) return false;
        streamId = _lastOpened += 2;
        _streams.Add(streamId, new Stream());
        return true;
    }

    /// <summary>Closes a stream at this end; its unread bytes are dropped.</summary>
    /// <returns>True if it was open: send <see cref="SmuxCommand.End"/> for it, also if the peer has sent its own.</returns>
    public bool Close(uint streamId)
    {
        if (!_streams.Remove(streamId, out var stream)) return false;
        UnreadBytes -= stream.UnreadBytes;
        Invariant.Check(UnreadBytes >= 0);
        return true;
    }

    /// <summary>Asked about once a second, and after anything was sent late.</summary>
    public SmuxDue Due(TimeSpan now)
    {
        // Silence that we imposed by not reading is no sign of death.
        if (!MayReceive) _heardAt = now;
        if (now - _heardAt >= settings.Silence) return SmuxDue.Close;
        if (now - _keptAliveAt < settings.KeepAlive) return SmuxDue.Nothing;
        _keptAliveAt = now;
        return SmuxDue.SendKeepAlive;
    }
}
