"""The dashboard: policymakers explore, a class plays. Started by `gongzhi dashboard`; see `docs/dashboard.md`."""
