using System.Buffers.Binary;
using System.Text;

namespace CubeActors.Node.Tests;

/// <summary>A protobuf message taken apart: its fields in their order. It knows nothing of what the program writes with. Source: protobuf.dev, encoding.</summary>
internal sealed class ProtoFields
{
    private readonly List<(int Field, int Type, ulong Number, byte[] Bytes)> _fields = [];

    public ProtoFields(ReadOnlySpan<byte> message)
    {
        while (message.Length > 0)
        {
            var tag = Varint(ref message);
            var (field, type) = ((int)(tag >> 3), (int)(tag & 7));
            var number = 0UL;
            byte[] bytes = [];
            switch (type)
            {
                case 0:
                    number = Varint(ref message);
                    break;
                case 1:
                    number = BinaryPrimitives.ReadUInt64LittleEndian(message);
                    message = message[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref message);
                    bytes = message[..length].ToArray();
                    message = message[length..];
                    break;
                default:
                    throw new FormatException($"field {field} has type {type}");
            }

            _fields.Add((field, type, number, bytes));
        }
    }

    public IEnumerable<ProtoFields> Messages(int field) => Of(field, 2).Select(one => new ProtoFields(one.Bytes));

    public ProtoFields Message(int field) => Messages(field).Single();

    public byte[] Bytes(int field) => Of(field, 2).Select(one => one.Bytes).SingleOrDefault([]);

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field));

    public string Hex(int field) => Convert.ToHexStringLower(Bytes(field));

    public ulong Number(int field) => Of(field, 0).Concat(Of(field, 1)).Select(one => one.Number).SingleOrDefault();

    public double Double(int field) => BitConverter.Int64BitsToDouble((long)Of(field, 1).Single().Number);

    public bool Has(int field) => _fields.Exists(one => one.Field == field);

    /// <summary>Packed fixed64.</summary>
    public IReadOnlyList<ulong> Fixed(int field)
    {
        var bytes = Bytes(field);
        return [.. Enumerable.Range(0, bytes.Length / 8).Select(i => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(i * 8)))];
    }

    /// <summary>A list of KeyValue as text.</summary>
    public Dictionary<string, string> Attributes(int field) => Messages(field).ToDictionary(
        pair => pair.Text(1), pair => pair.Message(2) is var any && any.Has(1) ? any.Text(1) : any.Has(2) ? (any.Number(2) == 1 ? "true" : "false") : any.Has(4) ? $"{any.Double(4)}" : $"{(long)any.Number(3)}");

    private IEnumerable<(int Field, int Type, ulong Number, byte[] Bytes)> Of(int field, int type) => _fields.Where(one => one.Field == field && one.Type == type);

    private static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        var value = 0UL;
        for (var i = 0; ; i++)
        {
            value |= (ulong)(message[i] & 0x7F) << (7 * i);
            if (message[i] >= 0x80) continue;
            message = message[(i + 1)..];
            return value;
        }
    }
}
