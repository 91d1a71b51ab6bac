using CubeActors.Protocol;

namespace CubeActors.Actors;

// Tasks of the master: handed to the actors, answered in their place among the other replies.
internal sealed partial class ClientConnection
{
    private bool AcceptTask(RequestSlot slot)
    {
        var json = slot.Data.ToArray();
        slot.Lease?.Release();
        slot.Lease = null;
        lock (_lock) _replies.Enqueue(slot);
        _services.Admin.Accept(slot.Header, json, new TaskReply(this, slot));
        return true;
    }

    private void TaskAnswered(RequestSlot slot, byte[]? data, string? refusal)
    {
        lock (_lock)
        {
            if (_finished) return;
            if (refusal is null) slot.Succeed(data);
            else slot.Refuse(ActionPrefixes.ForTask(slot.Header.Opcode) ?? (slot.Header.Opcode == Opcode.NotifyReplicasToRepair ? ActionPrefixes.Repair : ActionPrefixes.UnknownOpcode), refusal);
        }

        _replySignal.Set();
    }

    private sealed class TaskReply(ClientConnection connection, RequestSlot slot) : IAdminReply
    {
        private int _answered;

        public void Succeed(byte[]? data = null)
        {
            if (Interlocked.Exchange(ref _answered, 1) == 0) connection.TaskAnswered(slot, data, null);
        }

        public void Refuse(string text)
        {
            if (Interlocked.Exchange(ref _answered, 1) == 0) connection.TaskAnswered(slot, null, text);
        }
    }
}
