//! Convolutions, images of another size, points of a grid and normalizations, with their gradients, against PyTorch 2.15.
//!
//! Operands are `wave(shape, p)`: `torch.sin(0.7 * torch.arange(n, dtype=torch.float64) + p).reshape(shape)`. Of a result `y`
//! and its operands the numbers are `(y * wave(y.shape, 1.0)).sum()` and, after
//! `(y * wave(y.shape, 0.3)).sum().backward()`, of each operand in turn `(x.grad * wave(x.shape, 2.0)).sum()`.

use wengert::prelude::*;
use wengert::{Conv1dOptions, Conv3dOptions, ConvPadding, ConvTranspose1dOptions, ConvTranspose3dOptions};
use wengert::{GridMode, GridPadding, GridSampleOptions, Interpolation, PoolOptions};

fn wave(shape: impl AsRef<[usize]>, phase: f64) -> Tensor<f64> {
    let mut k = 0.0;
    Tensor::from_fn(shape, |_| {
        k += 1.0;
        (0.7 * (k - 1.0) + phase).sin()
    })
}

/// The numbers of `f` at these operands are those of the other library.
fn check(
    what: &str,
    inputs: &[Tensor<f64>],
    facts: &[f64],
    f: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>,
) {
    let tape = Tape::<f64>::new();
    let x: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
    let y = f(&x);
    let dot = |a: &Tensor<f64>, b: &Tensor<f64>| a.zip(b, |a, b| a * b).to_vec().iter().sum::<f64>();
    let mut found = vec![dot(&y.value(), &wave(y.shape(), 1.0))];
    let g = y.try_pullback(wave(y.shape(), 0.3), &x).expect("a seed of the output's shape");
    found.extend(g.iter().map(|g| g.as_ref().expect("a gradient")).map(|g| dot(g, &wave(g.shape(), 2.0))));
    assert_eq!(found.len(), facts.len(), "{what}");
    for (k, (found, fact)) in found.iter().zip(facts).enumerate() {
        assert!(
            (found - fact).abs() <= 1e-12 * (1.0 + fact.abs()),
            "number {k} of {what}: {found} and {fact}"
        );
    }
}

fn shape_of(axes: usize) -> &'static [usize] {
    [&[2, 2, 5][..], &[1, 2, 3, 4], &[1, 2, 3, 2, 4]][axes - 1]
}

/// `F.interpolate(wave(shape, 0.0), size=size, scale_factor=factors, mode=mode, align_corners=align)`
#[test]
fn images_of_another_size() {
    type Case = (&'static [usize], &'static [f64], &'static str, bool);
    let facts: &[(Case, &[f64])] = &[
        ((&[7], &[], "nearest", false), &[-1.260235382631147, 1.0098975967509851]),
        ((&[7], &[], "nearest-exact", false), &[-1.3857669818675789, 1.4220426596442597]),
        ((&[7], &[], "linear", false), &[-1.4027496929251573, 1.4460008285883874]),
        ((&[7], &[], "linear", true), &[-1.3762608038194646, 1.3738918775615767]),
        ((&[7], &[], "area", false), &[-1.3715077147954073, 1.349816486520234]),
        ((&[3], &[], "nearest", false), &[-0.18735955815576688, 0.32183417589247987]),
        ((&[3], &[], "nearest-exact", false), &[-0.15627878416579083, -0.15242252577425097]),
        ((&[3], &[], "linear", false), &[0.152232347810421, 0.47862087569613027]),
        ((&[3], &[], "linear", true), &[-0.15627878416579083, -0.15242252577425097]),
        ((&[3], &[], "area", false), &[0.20501205569679284, 0.5798355158007159]),
        ((&[5, 6], &[], "nearest", false), &[14.605422883285383, -9.796104127695584]),
        ((&[5, 6], &[], "nearest-exact", false), &[9.398408474228393, -4.371821622338102]),
        ((&[5, 6], &[], "linear", false), &[6.396421400627786, -1.7483828728298707]),
        ((&[5, 6], &[], "linear", true), &[5.941305891967102, -1.4723141293853377]),
        ((&[5, 6], &[], "cubic", false), &[7.000603446973654, -1.9643449740652446]),
        ((&[5, 6], &[], "cubic", true), &[5.534012021089177, -1.3679413569860575]),
        ((&[5, 6], &[], "area", false), &[6.131855147669661, -1.688990140558258]),
        ((&[2, 3], &[], "nearest", false), &[-0.02543972397840763, 3.56707742707409]),
        ((&[2, 3], &[], "nearest-exact", false), &[0.1631036529199461, -0.08179372477109204]),
        ((&[2, 3], &[], "linear", false), &[0.6533452938931472, -0.02065111244815865]),
        ((&[2, 3], &[], "linear", true), &[0.33002337189048714, 0.41482474924221235]),
        ((&[2, 3], &[], "cubic", false), &[0.7753157346259104, -0.09985202947476512]),
        ((&[2, 3], &[], "cubic", true), &[0.4339999047795062, 0.42075322057897946]),
        ((&[2, 3], &[], "area", false), &[0.7648803100922512, -0.4420524401640964]),
        ((&[5, 3, 2], &[], "nearest", false), &[2.8128974774986633, -1.6993084444871585]),
        ((&[5, 3, 2], &[], "nearest-exact", false), &[-1.4746345149901159, -0.23547242445219596]),
        ((&[5, 3, 2], &[], "linear", false), &[0.6249731336943343, -1.6126649548866898]),
        ((&[5, 3, 2], &[], "linear", true), &[0.8669766806849661, -1.606282915952533]),
        ((&[5, 3, 2], &[], "area", false), &[0.8743227641032103, -1.8354725851751426]),
        ((&[], &[1.7], "nearest", false), &[-1.6821457441922434, 3.1093474622340587]),
        ((&[], &[1.7], "nearest-exact", false), &[-1.2488527725329432, 3.124805658349926]),
        ((&[], &[1.7], "linear", false), &[-1.1106696254893456, 2.9191787603979]),
        ((&[], &[2.4, 0.7], "nearest", false), &[-0.7159782150414058, 8.594314954672216]),
        ((&[], &[2.4, 0.7], "nearest-exact", false), &[-1.7132420084526856, 8.704145930255244]),
        ((&[], &[2.4, 0.7], "linear", false), &[-1.1783337597001793, 7.30500231942688]),
        ((&[], &[2.4, 0.7], "cubic", false), &[-1.4718351216772223, 8.531095920827646]),
        ((&[], &[0.6, 1.5], "nearest", false), &[-3.2032066430081874, 2.816051348806846]),
        ((&[], &[0.6, 1.5], "nearest-exact", false), &[-2.797108849253667, 3.0678243055763588]),
        ((&[], &[0.6, 1.5], "linear", false), &[-0.8662462122429733, 1.0874563008702514]),
        ((&[], &[0.6, 1.5], "cubic", false), &[-0.668219735362273, 1.0147312063193594]),
    ];
    for &((size, factors, mode, align_corners), numbers) in facts {
        let mode = match mode {
            "nearest" => Interpolation::Nearest,
            "nearest-exact" => Interpolation::NearestExact,
            "linear" => Interpolation::Linear { align_corners },
            "cubic" => Interpolation::Cubic { align_corners },
            _ => Interpolation::Area,
        };
        let x = wave(shape_of(size.len().max(factors.len())), 0.0);
        let what = format!("{mode:?} to {size:?} {factors:?}");
        check(&what, &[x], numbers, |x| {
            if factors.is_empty() {
                x[0].interpolate(size, mode)
            } else {
                x[0].interpolate_scaled(factors, mode)
            }
        });
    }
}

/// `F.grid_sample(wave((2, 2, 3, 4), 0.0), 1.6 * wave((2, 3, 5, 2), 0.4), mode, padding, align)`
#[test]
fn points_of_a_grid() {
    type Case = (&'static str, &'static str, bool);
    let facts: &[(Case, &[f64])] = &[
        (("bilinear", "zeros", false), &[0.9279137302553979, -1.968201530065224, -1.861601170263241]),
        (("bilinear", "zeros", true), &[0.9069505802848046, -1.6564955496831137, -3.2683044707577134]),
        (("bilinear", "border", false), &[3.4202162247583523, -3.531329518407473, -2.363037777775629]),
        (("bilinear", "border", true), &[2.0852113157122876, -2.034560882427092, -7.2251785773401815]),
        (("bilinear", "reflection", false), &[2.6269232162864142, -2.6916158900628506, -8.052597928266762]),
        (("bilinear", "reflection", true), &[0.4612940301412806, -0.958660130047978, -12.137161732420878]),
        (("nearest", "zeros", false), &[-0.11156280399448915, -3.2208452651114783]),
        (("nearest", "zeros", true), &[1.2864147510191315, -5.656639902146749]),
        (("nearest", "border", false), &[1.909965741359699, -4.199024020044515]),
        (("nearest", "border", true), &[1.5158498941642198, -5.990575394014574]),
        (("nearest", "reflection", false), &[-0.07430415016072978, -1.9653867265694867]),
        (("nearest", "reflection", true), &[3.238773362961411, -4.404574422090477]),
    ];
    let (x, grid) = (wave([2, 2, 3, 4], 0.0), wave([2, 3, 5, 2], 0.4).map(|g| 1.6 * g));
    for &((mode, padding, align_corners), numbers) in facts {
        let padding = match padding {
            "zeros" => GridPadding::Zeros,
            "border" => GridPadding::Border,
            _ => GridPadding::Reflection,
        };
        let (x, grid) = (x.clone(), grid.clone());
        let what = format!("{mode} {padding:?} {align_corners}");
        if mode == "bilinear" {
            let options = GridSampleOptions { mode: GridMode::Bilinear, padding, align_corners };
            check(&what, &[x, grid], numbers, |x| x[0].grid_sample(x[1], &options));
        } else {
            let options = GridSampleOptions { mode: GridMode::Nearest, padding, align_corners };
            check(&what, &[x], numbers, |x| x[0].grid_sample(x[0].tape().constant(&grid), &options));
        }
    }
}

/// `F.affine_grid(wave((2, 2, 3), 0.2), (2, 1, 3, 4), align)`
#[test]
fn affine_grids() {
    let facts: [(bool, &[f64]); 2] =
        [(false, &[-4.593948415232774, 2.919005660802581]), (true, &[-6.637459380340302, 4.2757842453601])];
    for (align_corners, numbers) in facts {
        check("affine_grid", &[wave([2, 2, 3], 0.2)], numbers, |x| x[0].affine_grid([3, 4], align_corners));
    }
}

/// With `x = wave((3, 4, 5), 0.0)`, weights `wave(shape, 0.4)`, biases `wave(shape, 1.1)` and `eps = 0.01`; statistics
/// `wave((4,), 0.7)` and `wave((4,), 0.1)**2 + 0.5`; `F.local_response_norm(x, n, 0.5, 0.75, 1.2)`.
#[test]
fn normalizations() {
    let (x, w, b) = (wave([3, 4, 5], 0.0), |s: &[usize]| wave(s, 0.4), |s: &[usize]| wave(s, 1.1));
    let all = |s: &[usize]| [x.clone(), w(s), b(s)];
    let facts = [14.203588310664909, 7.349502017942774, 2.808215935521048, -1.4485950278058688];
    check("batch_norm", &all(&[4]), &facts, |x| x[0].batch_norm(Some(x[1]), Some(x[2]), 0.01).y);
    let facts = [9.665697191385195, -2.189406475916489, 4.546097199500905, -1.4485950278058688];
    check("batch_norm_with", &all(&[4]), &facts, |x| {
        let tape = x[0].tape();
        let [mean, root] = [0.7, 0.1].map(|phase| tape.constant(wave([4], phase)));
        x[0].batch_norm_with(mean, root * root + 0.5, Some(x[1]), Some(x[2]), 0.01)
    });
    let facts = [8.454221764663664, 7.739386304754966, -9.054027484335533, 0.733649537678424];
    check("layer_norm", &all(&[5]), &facts, |x| x[0].layer_norm([5], Some(x[1]), Some(x[2]), 0.01));
    let facts = [5.032093937112874, -0.8460083275140206, 0.8568156268511972, 12.52323498784076];
    check("layer_norm", &all(&[4, 5]), &facts, |x| x[0].layer_norm([4, 5], Some(x[1]), Some(x[2]), 0.01));
    let facts = [14.824519252737629, 8.237647161131939, 2.356819215808015, -1.4485950278058688];
    check("group_norm", &all(&[4]), &facts, |x| x[0].group_norm(2, Some(x[1]), Some(x[2]), 0.01));
    let facts = [12.830031101244103, 7.819892549707262, -0.24922831006015045, -1.4485950278058688];
    check("instance_norm", &all(&[4]), &facts, |x| x[0].instance_norm(Some(x[1]), Some(x[2]), 0.01));
    let facts = [14.031963721559862, 5.361510119530889, -3.819519932486014];
    check("rms_norm", &all(&[5])[..2], &facts, |x| x[0].rms_norm([5], Some(x[1]), 0.01));
    for (n, facts) in
        [(3, [12.005456344466591, 0.14185606129454179]), (4, [12.40016801133218, -0.31933447348756283])]
    {
        check("local_response_norm", &all(&[4])[..1], &facts, |x| {
            x[0].local_response_norm(n, 0.5, 0.75, 1.2)
        });
    }
}

/// `F.lp_pool1d(wave((2, 2, 6), 0.0) + 1.5, 3.0, 3, 2)` and `F.lp_pool2d(wave((2, 2, 5, 4), 0.0), 2.0, [2, 3], [2, 1])`
#[test]
fn roots_of_sums_of_powers() {
    let facts = [-0.21496065290898914, 1.5337850535008721];
    let options = PoolOptions { stride: Some([2]), ..PoolOptions::default() };
    check("lp_pool1d", &[wave([2, 2, 6], 0.0).map(|x| x + 1.5)], &facts, |x| {
        x[0].lp_pool1d(3.0, [3], options)
    });
    let facts = [-1.2292100389230265, 0.4057593172516096];
    let options = PoolOptions { stride: Some([2, 1]), ..PoolOptions::default() };
    check("lp_pool2d", &[wave([2, 2, 5, 4], 0.0)], &facts, |x| x[0].lp_pool2d(2.0, [2, 3], options));
}

/// `F.conv1d(wave(x, 0.0), wave(w, 0.3), None, stride, padding, dilation, groups)` and likewise.
#[test]
fn convolutions() {
    let at = |x: &[usize], w: &[usize]| [wave(x, 0.0), wave(w, 0.3)];
    let facts = [3.8704691338209685, -2.4450385824538916, 1.5495237686906438];
    let options = Conv1dOptions { stride: [2], padding: [1], dilation: [2], groups: 2 };
    check("conv1d", &at(&[2, 4, 9], &[6, 2, 3]), &facts, |x| x[0].conv1d(x[1], &options));
    let facts = [-5.830835575643405, 0.8159915472358512, -2.9376364801879933];
    let options = Conv3dOptions { stride: [2, 1, 1], padding: [1, 0, 2], dilation: [1, 2, 1], groups: 2 };
    check("conv3d", &at(&[2, 4, 5, 6, 3], &[6, 2, 3, 2, 2]), &facts, |x| x[0].conv3d(x[1], &options));
    let facts = [-0.196855219659296, 0.00041171946319451536, 0.060376643482833836];
    let options =
        ConvTranspose1dOptions { stride: [3], padding: [1], output_padding: [2], dilation: [2], groups: 2 };
    check("conv_transpose1d", &at(&[2, 4, 5], &[4, 3, 3]), &facts, |x| x[0].conv_transpose1d(x[1], &options));
    let facts = [11.366695334229735, -14.82197707054716, -2.4275459741674412];
    let options = ConvTranspose3dOptions {
        stride: [2, 1, 3],
        padding: [1, 0, 1],
        output_padding: [1, 0, 2],
        dilation: [1, 2, 1],
        groups: 2,
    };
    check("conv_transpose3d", &at(&[2, 4, 3, 2, 2], &[4, 3, 3, 2, 2]), &facts, |x| {
        x[0].conv_transpose3d(x[1], &options)
    });
    let facts = [4.227585814292965, -2.6220101450444493, 1.8398881351119702];
    let options = Conv1dOptions { dilation: [3], groups: 2, ..Conv1dOptions::default() };
    check("conv1d, same", &at(&[2, 4, 9], &[6, 2, 4]), &facts, |x| {
        x[0].conv1d_padded(x[1], ConvPadding::Same, &options)
    });
    let facts = [2.3125386194985764, -1.7912828553916174, -9.834568700353504];
    let options = Conv3dOptions { dilation: [1, 2, 3], groups: 2, ..Conv3dOptions::default() };
    check("conv3d, same", &at(&[2, 4, 5, 6, 3], &[6, 2, 2, 3, 2]), &facts, |x| {
        x[0].conv3d_padded(x[1], ConvPadding::Same, &options)
    });
}

#[test]
fn a_plan_looks_at_the_grid_of_each_run() {
    let at = |k: u64| {
        let (x, g) =
            (Key::new(k).uniform::<f64>([2, 2, 3, 4]), Key::new(k + 10).uniform::<f64>([2, 3, 5, 2]));
        (x, g.map(|g| 3.0 * g - 1.5))
    };
    for padding in [GridPadding::Zeros, GridPadding::Border, GridPadding::Reflection] {
        let options = GridSampleOptions { padding, ..GridSampleOptions::default() };
        let outputs = |tape: &Tape<f64>, (x, g): &(Tensor<f64>, Tensor<f64>)| {
            let (x, g) = (tape.leaf(x), tape.leaf(g));
            let y = x.grid_sample(g, &options);
            let d = (y * y).sum().grad(&[x, g]);
            let second = (d[0].sum() + d[1].square().sum()).grad(&[x, g]);
            let plan = tape.compile(&[x, g], &[y, d[0], d[1], second[0], second[1]]).expect("compiles");
            let values = [y, d[0], d[1], second[0], second[1]].map(|v| v.value().to_vec());
            (plan, values)
        };
        let tape = Tape::new();
        let (plan, _) = outputs(&tape, &at(0));
        for k in 0..3 {
            let given = at(k);
            let fresh = Tape::new();
            let (_, expected) = outputs(&fresh, &given);
            let mut workspace = plan.workspace();
            let got = plan.run(&mut workspace, &[&given.0, &given.1]).expect("runs");
            for (got, expected) in got.iter().zip(expected) {
                assert_eq!(got.to_vec(), expected, "{padding:?}, run {k}");
            }
        }
    }
}
