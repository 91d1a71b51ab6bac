using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

/// <summary>Goal: the store is a map from extents to bytes, whatever order calls come in. Method: random calls beside a model, from a seed.</summary>
public sealed class ModelTests
{
    private const int Block = ExtentLimits.BlockBytes;

    public static TheoryData<int> Seeds => new(Enumerable.Range(1, 40));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Random_calls_with_restarts_kills_and_full_disks_agree_with_the_model(int seed)
    {
        var random = new Random(seed);
        var test = new TestStore(seed, s => s with { OpenExtentsMax = 1 + seed % 4 });
        var model = new StoreModel();
        for (var step = 0; step < 150; step++)
        {
            var when = $"seed {seed} step {step}";
            var normal = model.Ids.Where(id => !id.IsTiny).ToArray();
            var some = normal.Length > 0 ? normal[random.Next(normal.Length)] : default;
            switch (random.Next(12))
            {
                case 0 when normal.Length < 8:
                    model.BeginCreate(test.CreateExtent());
                    model.Commit();
                    break;
                case 1 or 2 or 3 when normal.Length > 0 && model[some].Length < 4 << 20:
                    Append(test, model, some, random);
                    break;
                case 4 or 5:
                    Append(test, model, new ExtentId((ulong)random.Next(1, 4)), random);
                    break;
                case 6 when normal.Length > 0 && model[some].Length > 0:
                    var (at, bytes) = Part(random, model[some].Length);
                    if (random.Next(3) == 0) (at, bytes) = WholeBlock(random, model[some].Length);
                    var data = TestStore.Bytes(bytes, step);
                    model.BeginOverwrite(some, at, data);
                    Assert.Equal(StorageError.None, test.Store.Overwrite(some, at, data, Crc32.Compute(data), random.Next(4) == 0));
                    model.Commit();
                    break;
                case 7:
                    // Not the last pages of a normal extent: a hole at the end moves its watermark at the next opening.
                    var target = random.Next(2) == 0 ? new ExtentId((ulong)random.Next(1, 4)) : some;
                    var room = model[target].Length - (target.IsTiny ? 0 : 3 * 4096);
                    if (room <= 4096) break;
                    var offset = random.Next(room / 4096) * 4096 + (target.IsTiny ? 0 : 4096);
                    var size = random.Next(1, Math.Min(room - offset + 1, 20_000) is > 1 and var most ? most : 2);
                    if (offset + size > model[target].Length - (target.IsTiny ? 0 : 2 * 4096)) break;
                    model.BeginPunch(target, offset, size);
                    Assert.Equal(StorageError.None, test.Store.Punch(target, offset, size));
                    model.Commit();
                    break;
                case 8 when normal.Length > 3:
                    model.BeginDelete(some);
                    Assert.Equal(StorageError.None, test.Store.Delete(some));
                    model.Commit(deleted: true);
                    break;
                case 9 when normal.Length > 0 && model[some].Length > 0:
                    var (from, count) = Part(random, model[some].Length);
                    Assert.True(model[some].AsSpan(from, count).SequenceEqual(test.Read(some, from, count)), when);
                    break;
                case 10 when random.Next(6) == 0:
                    if (random.Next(2) == 0) test.KillAndReopen();
                    else test.CloseAndReopen();
                    model.Check(test, when);
                    break;
                case 11 when normal.Length > 0 && random.Next(3) == 0:
                    test.Disk.CapacityBytes = long.MaxValue / 4 - test.Disk.Space("/disk").FreeBytes + random.Next(10) * 4096;
                    Append(test, model, some, random);
                    test.Disk.CapacityBytes = long.MaxValue / 4;
                    break;
            }
        }
        model.Check(test, $"seed {seed}, end");
        test.KillAndReopen();
        model.Check(test, $"seed {seed}, after a last kill");
    }

    private static void Append(TestStore test, StoreModel model, ExtentId id, Random random)
    {
        var count = random.Next(4) switch { 0 => Block, 1 => random.Next(1, 3 * Block), _ => random.Next(1, 20_000) };
        var data = TestStore.Bytes(count, random.Next());
        var size = test.Store.Find(id)!.Value.Size;
        model.BeginAppend(id, data);
        var error = test.Store.Append(id, size, data, Crc32.Compute(data), random.Next(6) == 0, out var watermark);
        if (error == StorageError.NoSpace)
        {
            Assert.Equal(size, watermark);
            model.BeginAppend(id, []);
            if (id.IsTiny) return;
        }
        else Assert.Equal(StorageError.None, error);
        model.Commit();
    }

    private static (int Offset, int Count) Part(Random random, int length)
    {
        var offset = random.Next(length);
        return (offset, random.Next(1, Math.Min(length - offset, 2 * Block) + 1));
    }

    private static (int Offset, int Count) WholeBlock(Random random, int length)
    {
        var offset = random.Next((length + Block - 1) / Block) * Block;
        return (offset, Math.Min(Block, length - offset));
    }
}
