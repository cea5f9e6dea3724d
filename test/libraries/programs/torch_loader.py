"""torch: DataLoaders whose workers hand tensors over in shared memory; with new workers for each epoch, and with ones that stay."""

import os
import sys
import time

import torch
from torch.utils.data import DataLoader, Dataset


class Squares(Dataset):
    def __len__(self):
        return 64

    def __getitem__(self, n):
        time.sleep(0.002)
        return torch.full((1000,), n * n), os.getpid()


if __name__ == "__main__":
    torch.multiprocessing.set_sharing_strategy(sys.argv[2])
    for persistent in (False, True):
        loader = DataLoader(
            Squares(), batch_size=8, num_workers=2, multiprocessing_context=sys.argv[1], persistent_workers=persistent)
        for epoch in range(2):
            pids = set()
            for batch, workers in loader:
                print("sum", int(batch.sum()))
                pids.update(workers.tolist())
            for pid in sorted(pids):
                print("worker", pid)
