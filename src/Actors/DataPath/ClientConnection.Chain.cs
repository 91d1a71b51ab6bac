using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

// The chain leader's part: a link of its own to each follower, the same bytes to all of them, every answer awaited.
internal sealed partial class ClientConnection
{
    private readonly List<FollowerLink> _links = []; // touched by the executor alone until it has ended; closed by anyone under the lock
    private int _liveLinks;
    private bool _awaitsDials;

    private bool HasLiveLinks => _liveLinks > 0;

    private enum Chain
    {
        /// <summary>Every follower is connected.</summary>
        Ready,

        /// <summary>Some are being dialled; the executor is posted again when they have ended.</summary>
        Parked,

        /// <summary>A follower is not there, and the request was refused.</summary>
        Refused,
    }

    /// <summary>Dials the followers that are not connected yet, all at once.</summary>
    /// <remarks>The local write waits for it: a follower that is not there ends the request before a byte is written anywhere.</remarks>
    private Chain PrepareChain(RequestSlot slot)
    {
        DialMissing(slot);
        lock (_lock)
        {
            FollowerLink? broken = null;
            foreach (var address in slot.Followers)
            {
                if (FindLink(address) is not { } link) return Chain.Refused; // the client is gone, and nothing was dialled any more
                if (link.IsDialling)
                {
                    _parked = slot;
                    _awaitsDials = true;
                    return Chain.Parked;
                }

                if (link.Failure is not null) broken = link; // of several the last in list order is named
            }

            if (broken is null) return Chain.Ready;
            slot.Refuse(ResultCode.IntraGroupNetError, ErrorTexts.Body(ActionPrefixes.SendToFollowers, broken.Failure!));
            _refusing = true;
        }

        _replySignal.Set();
        return Chain.Refused;
    }

    private void DialMissing(RequestSlot slot)
    {
        foreach (var address in slot.Followers)
        {
            FollowerLink link;
            lock (_lock)
            {
                if (_lost || FindLink(address) is not null) continue;
                link = new FollowerLink(this, address, _services);
                _links.Add(link);
                _liveLinks++;
            }

            link.Start();
        }
    }

    /// <summary>Sends the request to every follower: header before the data in the lease, one span for all of them.</summary>
    private void Forward(RequestSlot slot)
    {
        var header = slot.Header.ToFollower();
        var start = BufferLease.HeadroomBytes - header.EncodedBytes;
        header.Write(slot.Lease!.Array.AsSpan(start)); // still ours alone: nothing has been sent from this buffer yet
        var packet = slot.Lease.Array.AsMemory(start, header.EncodedBytes + (int)header.Size);
        lock (_lock) slot.OpenParts += slot.Followers.Length;
        for (var i = 0; i < slot.Followers.Length; i++)
        {
            FollowerLink link;
            lock (_lock) link = FindLink(slot.Followers[i])!;
            link.Send(slot, i, header, slot.Lease, packet);
        }
    }

    /// <summary>A follower has answered, or will not.</summary>
    /// <param name="error">Null for success, else what the client is told after the action prefix.</param>
    internal void FollowerAnswered(RequestSlot slot, int index, string? error)
    {
        bool decided;
        lock (_lock)
        {
            slot.OpenParts--;
            if (error is not null)
            {
                _refusing = true;
                if (index >= slot.FailedFollower)
                {
                    slot.FailedFollower = index;
                    slot.FollowerError = ErrorTexts.Body(ActionPrefixes.ReceiveFromFollower, error);
                }
            }

            var was = slot.IsDecided;
            DecideIfComplete(slot);
            decided = slot.IsDecided && !was;
            if (slot.OpenParts == 0) slot.DecidedAt = _services.Meters.Now;
        }

        if (decided) _replySignal.Set();
    }

    /// <summary>A dial has ended, well or not: the parked request is looked at again when the last one has.</summary>
    internal void DialEnded()
    {
        IWorkQueue? queue = null;
        lock (_lock)
        {
            // Two dials may end at the same moment: only one of them may post the executor, which must never run twice at once.
            if (!_awaitsDials || _links.Exists(link => link.IsDialling)) return;
            _awaitsDials = false;
            _class = _parked?.Class ?? IoClass.Client;
            queue = _parked?.Gate!.Disk;
        }

        if (queue is not null) Post(queue);
    }

    internal void LinkEnded()
    {
        lock (_lock) _liveLinks--;
        TryFinish();
    }

    private FollowerLink? FindLink(string address)
    {
        foreach (var link in _links)
            if (link.Address == address) return link;
        return null;
    }

    private void CloseLinks()
    {
        FollowerLink[] links;
        lock (_lock) links = [.. _links];
        foreach (var link in links) link.Close();
    }

    private void CheckLinkDeadlines(long now)
    {
        if (!HasLiveLinks) return;
        FollowerLink[] links;
        lock (_lock) links = [.. _links];
        foreach (var link in links) link.CheckDeadline(now);
    }
}
